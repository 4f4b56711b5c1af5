package objects

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"httpd-syslog/forwarder/testbed/s3bed"
	"httpd-syslog/forwarder/transport"
	"httpd-syslog/forwarder/verify"
	"httpd-syslog/forwarder/verify/archive"
	"httpd-syslog/forwarder/verify/finding"
	"httpd-syslog/forwarder/verify/verifytest"
)

// TestVerify: what a web server has sent to a store is checked, against its seals and its own files, as what it has sent to a
// log server; and an object that is missing is found by both.
func TestVerify(t *testing.T) {
	t.Parallel()
	site := verifytest.New(t, verifytest.Options{Seed: 7})
	store := s3bed.New(t)
	tr := to(t, store.Endpoint())
	tr.options.Store.S3.LockDays = lockDays
	s := dial(t, tr)
	objects := 0
	for _, b := range messagesOf(t, site.Remote) {
		if err := s.Send(b, []int{len(b)}, noWait); err != nil {
			t.Fatal(err)
		}
		objects++
		if err := s.Append(fmt.Append(nil, "mark ", objects), noWait); err != nil {
			t.Fatal(err)
		}
	}
	verified := func() (*finding.Report, string) {
		t.Helper()
		f := transport.Fetch{Dir: t.TempDir()}
		odd, err := Fetch(t.Context(), s3bed.Server("logs/web"), tr.options, f)
		if err != nil {
			t.Fatal(err)
		}
		r, err := verify.Run(t.Context(), verify.Options{Central: []string{f.Dir}, LogDir: site.Local, Now: site.Last})
		if err != nil {
			t.Fatal(err)
		}
		return r, fmt.Sprint(odd)
	}
	r, odd := verified()
	if r.Exit() != finding.OK || r.Counts.Checked == 0 || odd != "[]" {
		t.Errorf("%s, %+v, %s", r.Sentence(), r.Findings, odd)
	}
	t.Logf("%d objects: %s", objects, r.Sentence())
	lose(t, store, key(objects/2))
	r, odd = verified()
	if r.Exit() != finding.Findings || !strings.Contains(odd, key(objects/2)+" is missing") {
		t.Errorf("%s, %s", r.Sentence(), odd)
	}
}

// messagesOf are the messages of a central server's files in the order of their times, as a relay sends them, in pieces
// for an object each.
func messagesOf(t *testing.T, dir string) (pieces [][]byte) {
	t.Helper()
	paths, err := archive.Find(dir)
	if err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(paths, func(a, b string) int { return cmp.Compare(a+"~", b+"~") }) // what was rotated comes before what was not
	var lines []string
	for _, path := range paths {
		_, err := archive.Read(context.Background(), path, func(b archive.Block) error {
			lines = slices.AppendSeq(lines, strings.Lines(string(b.Data)))
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	slices.SortStableFunc(lines, func(a, b string) int { return cmp.Compare(strings.Fields(a)[1], strings.Fields(b)[1]) })
	for part := range slices.Chunk(lines, 200) {
		pieces = append(pieces, []byte(strings.Join(part, "")))
	}
	return pieces
}
