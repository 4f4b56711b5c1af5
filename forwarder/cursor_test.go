package forwarder

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"httpd-syslog/forwarder/cursor"
	"httpd-syslog/forwarder/record"
	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/spool/frame"
	"httpd-syslog/forwarder/statedir"
	"httpd-syslog/forwarder/testbed"
	"httpd-syslog/rotate"
)

// FuzzCursor: a cursor that says anything whatever, with a good checksum, has a
// reader come to an end, gives no frame that is not in the spool, and makes no local
// file longer. What was read can be written again.
func FuzzCursor(f *testing.F) {
	state := f.TempDir()
	w := spool.NewWriter(spool.WriterOptions{Dir: statedir.Dir(state).Spool(), Host: "web1", Stream: "access"})
	var whole []byte
	for n := range uint64(3) {
		b := append(make([]byte, frame.HeaderSize), testbed.Numbered(int(n)+1, int(n)+1)...)
		one := frame.Frame{Kind: frame.Lines, Severity: frame.StreamSeverity, First: n + 1, Lines: 1}
		one.Seal(b)
		if _, err := w.Write(b); err != nil {
			f.Fatal(err)
		}
		whole = append(whole, b...)
	}
	if err := w.Close(); err != nil {
		f.Fatal(err)
	}
	catalog := spool.NewCatalog(statedir.Dir(state).Spool())
	if err := catalog.Refresh(); err != nil {
		f.Fatal(err)
	}
	name := catalog.Files()[0].ID.String()
	for _, text := range []string{
		`null`, `{}`, `{"accepted":{"NAME":{"offset":0}},"clean":true}`,
		`{"accepted":{"NAME":{"offset":-1,"lines":-1}},"safe":{"NAME":{"offset":9223372036854775807}}}`,
		`{"accepted":{"NAME":{"offset":200,"lines":5}},"logs":{"access_log":{"dev":1,"ino":2,"size":-3,"birth":4}}}`,
	} {
		f.Add([]byte(text))
	}
	path, log := filepath.Join(state, "cursor"), filepath.Join(state, "log")
	f.Fuzz(func(t *testing.T, text []byte) {
		var any json.RawMessage
		if json.Unmarshal(bytes.ReplaceAll(text, []byte("NAME"), []byte(name)), &any) != nil {
			return // record.FuzzRead's
		}
		if err := record.Write(path, any, false); err != nil {
			t.Fatal(err)
		}
		c, err := cursor.Read(path)
		if c.Accepted == nil || c.Safe == nil {
			t.Fatalf("no positions, and %v", err)
		}
		for _, from := range []spool.Positions{c.Accepted, c.Safe} {
			readsToItsEnd(t, catalog, from, whole)
		}
		for _, pos := range c.Logs {
			growsNoFile(t, log, pos)
		}
		if err := record.Write(path, c, false); err != nil {
			t.Error(err)
		}
	})
}

func readsToItsEnd(t *testing.T, catalog *spool.Catalog, from spool.Positions, whole []byte) {
	t.Helper()
	r := spool.NewReader(catalog, from, nil)
	defer r.Close()
	for range len(whole) {
		one, err := r.Next()
		if one == nil && err == nil {
			return
		}
		if one != nil && !bytes.Contains(whole, one.Payload) {
			t.Errorf("%q is not in the spool", one.Payload)
		}
	}
	t.Error("the reader does not come to an end")
}

// growsNoFile: the file may be cut back, if it is the one that the position names.
func growsNoFile(t *testing.T, path string, pos rotate.Position) {
	t.Helper()
	const text = "what is there\n"
	if err := os.WriteFile(path, []byte(text), 0o640); err != nil {
		t.Fatal(err)
	}
	var st unix.Stat_t
	if err := unix.Stat(path, &st); err != nil {
		t.Fatal(err)
	}
	pos.Dev, pos.Ino, pos.Birth = st.Dev, st.Ino, 0
	l, err := rotate.Open(rotate.Options{Path: path, Mode: 0o640})
	if err != nil {
		t.Fatal(err)
	}
	_, _ = l.Recover(pos, nil) // it may be refused
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	if b, err := os.ReadFile(path); err != nil || !bytes.HasPrefix([]byte(text), b) {
		t.Errorf("%q, %v", b, err)
	}
}
