package refusal

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"httpd-syslog/forwarder/cursor"
	"httpd-syslog/forwarder/spool/frame"
	"httpd-syslog/forwarder/statedir"
	"httpd-syslog/forwarder/testbed/smalldisk"
)

// TestSetAside: the file holds each message once, in a form that a terminal can show and of which
// every byte can be had again; it is bounded, and what cannot be written is not passed over.
func TestSetAside(t *testing.T) {
	path := statedir.Dir(t.TempDir()).Aside("central")
	a := Aside{path}
	text := "<141>1 - web1 httpd - access - \x1b[2J\"quoted\\\" \xff\x00\u202e end"
	m := &Message{
		ID: cursor.MessageID{File: frame.FileID{Number: 7}, Offset: 40, Line: 3}, Relay: "central", Server: "tcp://logs:601",
		Stream: "access", ProcID: "4711-1", Seq: 17, Text: []byte(text), Err: errors.New("connection\nreset"),
	}
	now := time.Date(2026, 11, 26, 10, 0, 0, 123456000, time.UTC)
	for range 2 {
		if err := a.Add(m, now); err != nil {
			t.Fatal(err)
		}
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprintf(`2026-11-26T10:00:00.123456Z relay=central server=tcp://logs:601 stream=access procid=4711-1 sequenceId=17 bytes=%d at=%s:40:3 `+
		`error="connection\nreset" message="<141>1 - web1 httpd - access - \x1b[2J\"quoted\\\" \xff\x00\u202e end"`+"\n", len(text), m.ID.File)
	if string(b) != want {
		t.Errorf("%q\nwant\n%q", b, want)
	}
	if st, err := os.Stat(path); err != nil || st.Mode().Perm()&0o027 != 0 {
		t.Errorf("mode %v, %v", st.Mode(), err)
	}

	// Another message that claims to be the first, and a line that a power failure has torn.
	f, _ := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	fmt.Fprint(f, "torn")
	f.Close()
	other := *m
	other.ID.Line, other.Text = 4, fmt.Appendf(nil, "x at=%s:40:5 y", m.ID.File)
	third := *m
	third.ID.Line = 5
	for _, m := range []*Message{&other, &third} {
		if err := a.Add(m, now); err != nil {
			t.Fatal(err)
		}
	}
	b, _ = os.ReadFile(path)
	if lines := strings.Split(string(b), "\n"); len(lines) != 5 || lines[1] != "torn" {
		t.Errorf("%q", lines)
	}

	// It does not grow for ever.
	if err := os.Truncate(path, maxAside); err != nil {
		t.Fatal(err)
	}
	m.ID.Line = 6
	if err := a.Add(m, now); err != nil {
		t.Fatal(err)
	}
	if st, err := os.Stat(path + ".1"); err != nil || st.Size() != maxAside {
		t.Errorf("the file before: %v", err)
	}
	if b, err := os.ReadFile(path); err != nil || strings.Count(string(b), "\n") != 1 {
		t.Errorf("%q, %v", b, err)
	}

	// Where the file before cannot make room, it does not grow either.
	if err := errors.Join(os.Remove(path+".1"), os.MkdirAll(path+".1/x", 0o750), os.Truncate(path, maxAside)); err != nil {
		t.Fatal(err)
	}
	m.ID.Line = 7
	if err := a.Add(m, now); err == nil {
		t.Error("a file that cannot be renamed grows")
	}
	if st, err := os.Stat(path); err != nil || st.Size() != maxAside {
		t.Errorf("%v, %v", st, err)
	}
	// A link that somebody has put there is not followed, and a directory is no file.
	for _, spoil := range []func(string) error{func(p string) error { return os.Symlink(path, p) }, func(p string) error { return os.Mkdir(p, 0o750) }} {
		odd := filepath.Join(t.TempDir(), "odd")
		if err := spoil(odd); err != nil {
			t.Fatal(err)
		}
		if err := (Aside{odd}).Add(m, now); err == nil {
			t.Error("a message is set aside in what is no file")
		}
	}
	if err := (Aside{"/proc/refused/central"}).Add(m, now); err == nil {
		t.Error("a message is set aside where nothing can be written")
	}
}

// TestSetAsideOnAFullDisk: a message that does not fit is an error, and nothing of it stays.
func TestSetAsideOnAFullDisk(t *testing.T) {
	dir := t.TempDir()
	smalldisk.Mount(t, dir, "64k")
	a := Aside{filepath.Join(dir, "refused", "central")}
	m := &Message{Relay: "central", Server: "tcp://logs:601", Stream: "access", ProcID: "4711-1", Text: []byte("short"), Err: errors.New("reset")}
	if err := a.Add(m, time.Now()); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(a.Path)
	if err != nil {
		t.Fatal(err)
	}
	m.ID.Line, m.Text = 1, bytes.Repeat([]byte("x"), 200<<10)
	if err := a.Add(m, time.Now()); !errors.Is(err, unix.ENOSPC) {
		t.Errorf("a message that does not fit: %v", err)
	}
	if after, err := os.ReadFile(a.Path); err != nil || !bytes.Equal(after, before) {
		t.Errorf("%d bytes, before %d, %v", len(after), len(before), err)
	}
	m.ID.Line, m.Text = 2, []byte("short, too")
	if err := a.Add(m, time.Now()); err != nil {
		t.Errorf("one that fits: %v", err)
	}
}
