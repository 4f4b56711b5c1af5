package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"httpd-syslog/forwarder/testbed"
)

// TestStreamsThatThereIsNoMemoryFor: a reload brings a stream whose messages would need more memory than there is.
func TestStreamsThatThereIsNoMemoryFor(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	listen := fmt.Sprintf("[spool]\nmemory = \"256MiB\"\n[[listen]]\nurl = \"unixgram://%s\"\n", filepath.Join(socketDir(t), "log"))
	s.configure("%s%s", s.places(), listen)
	service := s.serve()
	pid := service.cmd.Process.Pid
	var size int
	_, line, _ := strings.Cut(testbed.Process(pid).Status(), "VmSize:")
	if _, err := fmt.Sscan(line, &size); err != nil {
		t.Fatal(err)
	}
	var before unix.Rlimit
	const room = 160 << 10 // KiB: less than the stream needs, and enough for Go's runtime, which takes 64 MiB of addresses at once
	narrow := unix.Rlimit{Cur: uint64(size+room) << 10, Max: unix.RLIM_INFINITY}
	if err := unix.Prlimit(pid, unix.RLIMIT_AS, &narrow, &before); err != nil {
		t.Fatal(err)
	}
	s.configure("%s%s[[stream]]\nname = \"other\"\nfile = \"other_log\"\nfacility = \"local5\"\n", s.places(), listen)
	kill(t, pid, syscall.SIGHUP)
	testbed.AwaitTold(t, func() string { return s.local("audit_log") }, "listen.streams")
	if err := unix.Prlimit(pid, unix.RLIMIT_AS, &before, nil); err != nil {
		t.Fatal(err)
	}
	service.endService()
}
