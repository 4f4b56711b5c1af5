package e2e

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"httpd-syslog/forwarder/verify/central"
)

// oneFrame is what kill -9 of an intake may cost, in bytes: what it has read and not yet written, and the line
// that the read ended in.
const oneFrame = 128<<10 + 8190

// checkOnce holds a sender's lines at three places against each other: Apache's own file, the local log, and
// the central files.
func (w *webServer) checkOnce(t *testing.T, files string) {
	t.Helper()
	local, central := newLines(), newLines()
	eachLine(t, filepath.Join(w.log, "access_log"), func(line []byte) { local.add(t, string(line)) })
	central.addCollected(t, filepath.Join(files, "*", w.host, "access-*.log"))
	if !slices.Equal(local.count, central.count) {
		t.Errorf("%s: %d lines in the local log, %d in the central files, or others", w.host, local.whole, central.whole)
	}
	slices.Sort(local.torn)
	slices.Sort(central.torn)
	if !slices.Equal(local.torn, central.torn) {
		t.Errorf("%s: torn lines: %q in the local log, %q in the central files", w.host, local.torn, central.torn)
	}
	logged, bytes := newLines(), 0
	var inHand []string
	eachLine(t, w.httpd.plain, func(line []byte) {
		if n, whole := logged.add(t, string(line)); whole && !local.has(n) {
			inHand = append(inHand, string(line))
			bytes += len(line) + 1
		}
	})
	for _, tail := range local.torn {
		if !slices.ContainsFunc(inHand, func(line string) bool { return len(tail) < len(line) && strings.HasSuffix(line, tail) }) {
			t.Errorf("%s: %q is not the rest of a line that was in hand", w.host, tail)
		}
	}
	if len(logged.torn) > 0 || logged.whole != local.whole+len(inHand) {
		t.Errorf("%s: Apache has logged %d lines, and %d torn ones; the local log has %d, in hand were %d", w.host, logged.whole, len(logged.torn), local.whole, len(inHand))
	}
	if bytes > w.killed*oneFrame || len(local.torn) > w.killed {
		t.Errorf("%s: %d bytes were in hand, %d lines torn; %d intakes were killed", w.host, bytes, len(local.torn), w.killed)
	}
	out, err := exec.Command(w.binary, "verify", "--central", files, "--log-dir", w.log, "--host", w.host).CombinedOutput()
	if err != nil {
		t.Errorf("verify: %v\n%s", err, out)
	}
	t.Logf("%s: %d lines, each once; %d intakes killed, with %d lines in hand, %d torn; %s", w.host, local.whole, w.killed, len(inHand), len(local.torn), firstLine(out))
}

func firstLine(b []byte) string {
	line, _, _ := strings.Cut(string(b), "\n")
	return line
}

// lines are those of a file, by their numbers.
type lines struct {
	count []uint8 // how often each is there
	whole int
	torn  []string
}

func newLines() *lines { return &lines{} }

func (l *lines) has(n int) bool { return n < len(l.count) && l.count[n] > 0 }

// add adds a line, which must not be there.
func (l *lines) add(t *testing.T, line string) (n int, whole bool) {
	t.Helper()
	n, whole = batchNumber(line)
	if !whole {
		if !strings.Contains(line, "(internal dummy connection)") {
			l.torn = append(l.torn, line)
		}
		return 0, false
	}
	if n >= len(l.count) {
		l.count = append(l.count, make([]uint8, n+1-len(l.count))...)
	}
	if l.count[n]++; l.count[n] > 1 {
		t.Errorf("line %d is there %d times", n, l.count[n])
	}
	l.whole++
	return n, true
}

// addCollected adds the texts of central files, and holds that each writer's numbers follow each other.
func (l *lines) addCollected(t *testing.T, pattern string) {
	t.Helper()
	paths, err := filepath.Glob(pattern)
	if err != nil || len(paths) == 0 {
		t.Errorf("%s: %d files, %v", pattern, len(paths), err)
	}
	slices.Sort(paths) // by day
	var m central.Message
	last := make(map[uint64]uint64)
	for _, path := range paths {
		eachLine(t, path, func(line []byte) {
			if m.Parse(line) != central.Numbered {
				t.Errorf("%s: %q has no number", path, line)
				return
			}
			if m.Number != last[m.Row.Writer]+1 {
				t.Errorf("%s: number %d of writer %x behind %d", path, m.Number, m.Row.Writer, last[m.Row.Writer])
			}
			last[m.Row.Writer] = m.Number
			l.add(t, string(m.Text))
		})
	}
}

// eachLine calls do with each line of a file, which is valid until the next.
func eachLine(t *testing.T, path string, do func([]byte)) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	in := bufio.NewReaderSize(f, 1<<20)
	for {
		line, err := in.ReadSlice('\n')
		if errors.Is(err, io.EOF) && len(line) == 0 {
			return
		}
		if err != nil {
			t.Errorf("%s: %v", path, err)
			return
		}
		do(bytes.TrimSuffix(line, []byte{'\n'}))
	}
}
