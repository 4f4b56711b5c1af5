package verify_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"httpd-syslog/forwarder/seal"
	"httpd-syslog/forwarder/testbed"
	"httpd-syslog/forwarder/verify"
	"httpd-syslog/forwarder/verify/finding"
)

// TestRepeatedLines: a health check asks for the same all day. A line that is altered among others of the same text
// is told with its number, and both texts, by the lines around it; whether the new text is one that is there, too, or
// not; and beside lines of another writer.
func TestRepeatedLines(t *testing.T) {
	const ping, user, other = "GET /ping HTTP/1.1", "GET /user HTTP/1.1", "GET /other HTTP/1.1"
	pattern := []string{ping, user, ping, ping, other, ping, user, ping}
	const second = "9-00000000000000e0" // another writer of the file
	for _, writers := range []int{1, 2} {
		h := newHost("web1")
		var file []string
		type origin struct {
			writer string
			number uint64
		}
		var truth []origin
		begin := int64(0)
		for piece := range uint64(3) { // the pieces before and behind have the same texts
			first := piece*uint64(len(pattern)) + 1
			h.send(first, pattern...)
			h.seal(first, pattern...)
			for i, text := range pattern {
				file, truth = append(file, text), append(truth, origin{procID, first + uint64(i)})
				if writers == 2 && i%2 == 0 {
					n := piece*4 + uint64(i/2) + 1
					text := fmt.Sprintf("GET /second/%d HTTP/1.1", i)
					file, truth = append(file, text), append(truth, origin{second, n})
					h.files["access"] += h.message("access", second, n, text)
				}
			}
			if writers == 2 {
				all := "GET /second/0 HTTP/1.1\nGET /second/2 HTTP/1.1\nGET /second/4 HTTP/1.1\nGET /second/6 HTTP/1.1\n"
				h.event(h.chain.Lines(seal.Lines{Writer: second, Stream: "access", Class: seal.OfLines, First: piece*4 + 1, Last: piece*4 + 4, Lines: 4, From: h.now, To: h.now, Sum: seal.SumOf(all)}))
			}
			whole := strings.Join(file, "\n") + "\n"
			f := seal.File{File: "access_log", Begin: begin, End: int64(len(whole)), Sum: seal.SumOf(whole[begin:])}
			if begin > 0 {
				f.Since = h.since
			}
			h.event(h.chain.File(f))
			if begin == 0 {
				h.since = h.chain.N
			}
			begin = int64(len(whole))
		}
		central, dir := h.write(t, t.TempDir()), t.TempDir()
		named := 0
		for i, was := range file {
			for _, is := range []string{strings.Replace(was, "GET", "PUT", 1), user, ping} {
				if len(is) != len(was) || is == was {
					continue // it is all about the text
				}
				changed := append([]string(nil), file...)
				changed[i] = is
				testbed.WriteFile(t, filepath.Join(dir, "access_log"), strings.Join(changed, "\n")+"\n")
				r := check(t, verify.Options{Central: []string{central}, LogDir: dir})
				found := 0
				for _, f := range r.Findings {
					if f.Code == finding.Altered && f.Line == int64(i+1) && f.Writer == truth[i].writer && f.First == truth[i].number &&
						filepath.Base(f.File) == "access_log" && f.Text == finding.Show([]byte(is)) && f.Other == finding.Show([]byte(was)) {
						found++
					}
				}
				if named += found; found != 1 || r.Exit() != finding.Findings {
					var b strings.Builder
					_ = r.Write(&b)
					t.Errorf("%d writers, line %d, %q instead of %q, is told %d times: want writer %s, number %d\n%s", writers, i+1, is, was, found, truth[i].writer, truth[i].number, &b)
				}
			}
		}
		t.Logf("%d writers: %d altered lines are named by their numbers", writers, named)
	}
}
