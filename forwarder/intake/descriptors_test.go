package intake

import (
	"io"
	"os"
	"os/exec"
	"syscall"
	"testing"

	"httpd-syslog/forwarder/testbed"
)

// TestLetGo: who has let go of standard output and error holds no pipe that others wait for, and writing there does no harm.
func TestLetGo(t *testing.T) {
	const does = "HTTPD_SYSLOG_TEST_LETS_GO"
	if os.Getenv(does) != "" {
		if err := LetGo(); err != nil {
			os.Exit(3)
		}
		if _, err := os.Stdout.WriteString("x"); err != nil {
			os.Exit(4)
		}
		_, _ = io.Copy(io.Discard, os.Stdin) // it lives until the test has seen the ends of both
		os.Exit(0)
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestLetGo$")
	cmd.Env = append(os.Environ(), does+"=1")
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	read := make(chan string, 2)
	var writers []*os.File
	for _, to := range []*io.Writer{&cmd.Stdout, &cmd.Stderr} {
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		*to = w
		writers = append(writers, w)
		go func() {
			b, _ := io.ReadAll(r)
			read <- string(b)
		}()
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for _, w := range writers {
		w.Close()
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	testbed.Eventually(t, "both are let go", func() bool { return len(read) == len(writers) })
	for range writers {
		if text := <-read; text != "" {
			t.Errorf("%q came through", text)
		}
	}
	if err := cmd.Process.Signal(syscall.Signal(0)); err != nil {
		t.Errorf("it has ended: %v", err)
	}
	if err := stdin.Close(); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
}
