package intake

import (
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

// TestUrgentPipe: lines that the spool does not take leave a pipe unread only while it has room
// and somebody writes to it. An end that nobody sees would keep the intake for ever.
func TestUrgentPipe(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	fd := int(r.Fd())
	size, err := unix.FcntlInt(uintptr(fd), unix.F_GETPIPE_SZ, 0)
	if err != nil {
		t.Fatal(err)
	}
	if urgent(fd) {
		t.Error("an empty pipe is urgent")
	}
	if _, err := w.Write(make([]byte, size/2-1)); err != nil {
		t.Fatal(err)
	}
	if urgent(fd) {
		t.Error("a pipe that is not half full is urgent")
	}
	if _, err := w.Write([]byte{1}); err != nil {
		t.Fatal(err)
	}
	if !urgent(fd) {
		t.Error("a pipe that is half full is not urgent")
	}
	if _, err := r.Read(make([]byte, size)); err != nil {
		t.Fatal(err)
	}
	w.Close()
	if !urgent(fd) {
		t.Error("a pipe without a writer is not urgent")
	}
}
