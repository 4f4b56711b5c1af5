package spooltest

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"httpd-syslog/forwarder/spool/frame"
)

// WriterID numbers the writers of a test, in the order of their names.
func WriterID(n uint64) frame.WriterID { return frame.WriterID{ID: 1<<40 + n, PID: 4711} }

// FileID is that of a file of such a writer.
func FileID(writer uint64, number uint32) frame.FileID {
	return frame.FileID{Writer: WriterID(writer), Number: number}
}

// FileHeader is the start of a writer's file.
func FileHeader(id frame.FileID) []byte {
	h := frame.FileHeader{File: id, Start: Time, Host: "web1", Stream: "access"}
	return h.Append(nil)
}

// RawFile writes a file of a header and chunks, and gives its name.
func RawFile(t testing.TB, dir string, id frame.FileID, chunks ...[]byte) string {
	t.Helper()
	path := filepath.Join(dir, id.String())
	must(t, os.WriteFile(path, append(FileHeader(id), bytes.Join(chunks, nil)...), 0o640))
	return path
}

// Overwrite changes what a file holds.
func Overwrite(t testing.TB, path string, change func([]byte)) {
	t.Helper()
	b, err := os.ReadFile(path)
	must(t, err)
	change(b)
	must(t, os.WriteFile(path, b, 0o640))
}

// AppendTo appends to a file.
func AppendTo(t testing.TB, path string, b []byte) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	must(t, err)
	_, err = f.Write(b)
	must(t, err)
	must(t, f.Close())
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
