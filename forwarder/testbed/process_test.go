package testbed

import (
	"os"
	"os/exec"
	"path/filepath"
	"sync/atomic"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// TestArgumentsWithinExec: a process that is there has arguments, in the midst of execve(2), too.
func TestArgumentsWithinExec(t *testing.T) {
	done := make(chan error)
	go func() {
		for range 2000 {
			if err := exec.Command("true", "of it").Run(); err != nil {
				done <- err
				return
			}
		}
		close(done)
	}()
	looks := 0
	for {
		select {
		case err := <-done:
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("%d processes looked at", looks)
			return
		default:
		}
		for _, p := range Processes() {
			if int(p) <= os.Getpid() {
				continue
			}
			looks++
			if p.Args() == nil && p.Program() != "" {
				t.Fatalf("process %d has no arguments, and runs %s", p, p.Program())
			}
		}
	}
}

const countsInto = "TESTBED_COUNTS_INTO" // a file: this is the process that TestStop stops

// TestStop: behind Stop no thread of the process does anything.
func TestStop(t *testing.T) {
	if name := os.Getenv(countsInto); name != "" {
		counter := counterIn(t, name)
		for range 7 {
			go count(counter)
		}
		count(counter)
	}
	name := filepath.Join(t.TempDir(), "counter")
	WriteFile(t, name, string(make([]byte, 8)))
	counter := counterIn(t, name)
	c := exec.Command(os.Args[0], "-test.run=^TestStop$")
	c.Env = append(os.Environ(), countsInto+"="+name)
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = c.Process.Kill()
		_ = c.Wait() // it was killed
	}()
	for range 100 {
		before := counter.Load()
		Eventually(t, "the process counts", func() bool { return counter.Load() != before })
		Process(c.Process.Pid).Stop(t)
		stopped := counter.Load()
		for range 100_000 {
			if now := counter.Load(); now != stopped {
				t.Fatalf("a process that is stopped has counted from %d to %d", stopped, now)
			}
		}
		Process(c.Process.Pid).Continue(t)
	}
}

func count(counter *atomic.Uint64) {
	for {
		counter.Add(1)
	}
}

// counterIn is the number in a file, which all who map it share.
func counterIn(t *testing.T, name string) *atomic.Uint64 {
	t.Helper()
	f, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	b, err := unix.Mmap(int(f.Fd()), 0, 8, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = unix.Munmap(b) })
	return (*atomic.Uint64)(unsafe.Pointer(&b[0]))
}
