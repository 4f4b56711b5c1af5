package numbers

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/spool/frame"
	"httpd-syslog/forwarder/spool/spooltest"
)

// file is a spool file of a dead writer: frames of a few lines each, and what has become of their bytes.
type file struct {
	frames [][]byte
	damage func(b []byte, at []int) []byte // at: where each frame begins, and the end; nil: nothing
}

// lines is a frame of them.
func lines(first uint64, n int) []byte {
	return spooltest.Sealed(first, strings.Repeat("x\n", n))
}

func cut(by int) func([]byte, []int) []byte {
	return func(b []byte, _ []int) []byte { return b[:len(b)-by] }
}

// flip changes a bit of a frame.
func flip(n, offset int) func([]byte, []int) []byte {
	return func(b []byte, at []int) []byte { b[at[n]+offset] ^= 4; return b }
}

// outcome is what is told of a writer with such files: what is missing, and with which numbers it has gone.
func outcome(t *testing.T, files ...file) string {
	t.Helper()
	defer func(was func(uint32) bool) { Alive = was }(Alive)
	Alive = func(uint32) bool { return false }
	dir := t.TempDir()
	for i, f := range files {
		path := spooltest.RawFile(t, dir, spooltest.FileID(1, uint32(i+1)), f.frames...)
		if f.damage == nil {
			continue
		}
		at := []int{len(spooltest.FileHeader(spooltest.FileID(1, 1)))}
		for _, b := range f.frames {
			at = append(at, at[len(at)-1]+len(b))
		}
		b, err := os.ReadFile(path)
		if err == nil {
			err = os.WriteFile(path, f.damage(b, at), 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	b, c := readBook(t, dir)
	got, deaf, now := &told{}, &told{deaf: true}, time.Unix(1e9, 0)
	for _, tell := range []*told{deaf, deaf, got, got} {
		b.Tell(tell.tell)
		b.TellGone(c, now, tell.tell)
		b, now = again(t, b), now.Add(goneAfter+time.Second)
	}
	text := ""
	for _, e := range got.events {
		if e.Value("why") == "" {
			text += fmt.Sprintf("; %s gone: %s, %s", e.Value("stream"), e.Value("last"), e.Value("last_event"))
		}
		for _, r := range e.Ranges {
			class := map[bool]string{false: "lines", true: "events"}[r.Audit]
			text += fmt.Sprintf("; %s %s %s %d-%d", e.Value("stream"), e.Value("why"), class, r.First, r.Last)
		}
	}
	return strings.TrimPrefix(text, "; ")
}

// readBook is the book of a spool that is read to its end.
func readBook(t *testing.T, dir string) (*Book, *spool.Catalog) {
	t.Helper()
	b, c := New(nil), spool.NewCatalog(dir)
	if err := c.Refresh(); err != nil {
		t.Fatal(err)
	}
	r := spool.NewReader(c, nil, nil)
	defer r.Close()
	for {
		f, err := r.Next()
		var damage *spool.DamageError
		switch {
		case errors.As(err, &damage):
			b.Damaged(damage)
		case err != nil:
			t.Fatal(err)
		case f == nil:
			return b, c
		default:
			b.Read(f)
		}
	}
}

// TestDamagedNumbers: what is lost with a place that is damaged is named by its numbers, once, as soon as that is
// known: by the writer's next line, or by what is left of the frames when it has gone. Lines that a writer has
// written again are not lost.
func TestDamagedNumbers(t *testing.T) {
	payload := eventOf(1, event.LogWritten.With()).Payload
	anEvent := append(make([]byte, frame.HeaderSize), payload...)
	(&frame.Frame{Kind: frame.Event, Time: spooltest.Time, First: 1, Lines: 1}).Seal(anEvent)
	three := [][]byte{lines(1, 10), lines(11, 5), lines(16, 2)}
	for name, test := range map[string]struct {
		files []file
		want  string
	}{
		"whole":                    {[]file{{frames: three}}, "access gone: 17, 0"},
		"the end is torn":          {[]file{{three, cut(1)}}, "access damaged lines 16-17; access gone: 17, 0"},
		"torn within a header":     {[]file{{three, cut(5)}}, "access gone: 15, 0"},
		"all of it is torn":        {[]file{{three[:1], cut(1)}}, "access damaged lines 1-10; access gone: 10, 0"},
		"the last one is damaged":  {[]file{{three, flip(2, frame.HeaderSize)}}, "access damaged lines 16-17; access gone: 17, 0"},
		"its number is damaged":    {[]file{{three, flip(2, 17)}}, "access gone: 15, 0"},
		"its length is damaged":    {[]file{{three, flip(2, 8)}}, "access damaged lines 16-17; access gone: 17, 0"},
		"the first one is damaged": {[]file{{three, flip(0, frame.HeaderSize)}}, "access damaged lines 1-10; access gone: 17, 0"},
		"one between is damaged":   {[]file{{three, flip(1, 17)}}, "access damaged lines 11-15; access gone: 17, 0"},
		"two are damaged": {[]file{{three, func(b []byte, at []int) []byte {
			return flip(1, frame.HeaderSize)(flip(2, frame.HeaderSize)(b, at), at)
		}}}, "access damaged lines 11-17; access gone: 17, 0"},
		"torn, and written again": {[]file{{three, cut(1)}, {frames: [][]byte{lines(16, 2)}}}, "access gone: 17, 0"},
		"torn, and gone on":       {[]file{{three, cut(1)}, {frames: [][]byte{lines(18, 3)}}}, "access damaged lines 16-17; access gone: 20, 0"},
		"cut within a frame": {[]file{{three, func(b []byte, at []int) []byte { return b[:at[1]+45] }}, {frames: [][]byte{lines(18, 3)}}},
			"access damaged lines 11-17; access gone: 20, 0"},
		"cut between frames": {[]file{{three, func(b []byte, at []int) []byte { return b[:at[1]] }}, {frames: [][]byte{lines(18, 3)}}},
			"access unknown lines 11-17; access gone: 20, 0"},
		"an event is torn": {[]file{{[][]byte{three[0], anEvent}, cut(1)}}, "access damaged events 1-1; access gone: 10, 1"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := outcome(t, test.files...); got != test.want {
				t.Errorf("%s\nwant %s", got, test.want)
			}
		})
	}
}

// TestTornAnywhere: wherever the last frame is torn, its numbers are named as soon as there is a whole header.
func TestTornAnywhere(t *testing.T) {
	last := lines(11, 5)
	for left := range len(last) {
		want := "access gone: 10, 0"
		if left >= frame.HeaderSize {
			want = "access damaged lines 11-15; access gone: 15, 0"
		}
		if got := outcome(t, file{[][]byte{lines(1, 10), last}, cut(len(last) - left)}); got != want {
			t.Errorf("%d bytes: %s\nwant %s", left, got, want)
		}
	}
}

// FuzzDamage: whatever a damaged end is, no number is named that is not the next one, or behind it, and no more than
// there can be lines: a byte each of what is there, and of the last frame, whose header alone may be there.
func FuzzDamage(f *testing.F) {
	f.Add(lines(11, 5)[:50])
	f.Add(bytes.Join([][]byte{lines(11, 5), lines(16, 5)}, nil)[:95])
	f.Add(spooltest.Sealed(11, strings.Repeat("\n", frame.MaxPayload))[:frame.HeaderSize])
	f.Fuzz(func(t *testing.T, end []byte) {
		dir := t.TempDir()
		spooltest.RawFile(t, dir, spooltest.FileID(1, 1), lines(1, 10), end)
		b, _ := readBook(t, dir)
		for _, w := range b.writers {
			at := w.Lines
			b.lose(w)
			if w.Lines < at || w.Lines-at > uint64(len(end)+frame.MaxPayload) {
				t.Errorf("%d lines in %d bytes", w.Lines-at, len(end))
			}
		}
	})
}
