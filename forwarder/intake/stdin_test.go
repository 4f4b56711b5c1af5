package intake

import (
	"errors"
	"os"
	"testing"

	"golang.org/x/sys/unix"

	"httpd-syslog/forwarder/testbed"
)

// TestStdinThatIsAPipe: it is opened once more, so that the web server's own description of it does not get
// O_NONBLOCK; anything else is read as it is.
func TestStdinThatIsAPipe(t *testing.T) {
	r, _ := testbed.Pipe(t)
	null, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	was, err := unix.Dup(0)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		stdin *os.File
		again bool
	}{{r, true}, {null, false}} {
		if err := unix.Dup2(int(c.stdin.Fd()), 0); err != nil {
			t.Fatal(err)
		}
		in := openStdin()
		if again := in != os.Stdin; again != c.again {
			t.Errorf("%s is opened once more: %t", c.stdin.Name(), again)
		} else if again {
			in.Close()
		}
	}
	if err := errors.Join(unix.Dup2(was, 0), unix.Close(was)); err != nil {
		t.Fatal(err)
	}
}

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
