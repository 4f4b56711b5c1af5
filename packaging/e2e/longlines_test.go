package e2e

import (
	"fmt"
	"slices"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"httpd-syslog/forwarder/testbed"
)

// TestLongLinesOfApache: lines of 11 KB from 40 workers of a real Apache. Beyond
// PIPE_BUF the kernel lets writers mix where the pipe runs full, whatever reads it: the
// program makes it larger, so that it does so less often, and loses no byte.
func TestLongLinesOfApache(t *testing.T) {
	enlarged, large := longLines(t, 0)
	left, small := longLines(t, 64<<10)
	t.Logf("%d lines of 11 KB from 40 workers: %d damaged with the pipe that the program makes (%d KiB), %d with one of %d KiB",
		longRequests, enlarged, large>>10, left, small>>10)
	if large <= small {
		t.Errorf("the pipe has %d bytes", large)
	}
	if enlarged > left+longRequests/100 {
		t.Error("a larger pipe has damaged more lines")
	}
}

const longRequests = 4000

// longLines returns how many lines of Apache's own file are not in the program's, and
// the size of the pipe between them; size: what it is to be, 0: as it is.
func longLines(t *testing.T, size int) (damaged, pipeSize int) {
	t.Helper()
	const workers, half = 40, 5400
	p := newProgram(t, startRsyslog(t, "tcp").url(), "streams = [\"error\"]")
	httpd := startApache(t, apacheOptions{
		mpm: "prefork", access: p.command("access"),
		extra: fmt.Sprintf("StartServers %[1]d\nMinSpareServers %[1]d\nMaxSpareServers 64\n", workers),
	})
	pipeSize = sizePipes(t, p.binary, size)
	var all []request
	for n := range longRequests {
		all = append(all, request{number: n, target: pad(fmt.Sprintf("/?n=%d&q=", n), "query-", half), agent: pad(fmt.Sprintf("agent %d ", n), "long ", half)})
	}
	if n := httpd.sendOver(all, workers); n != len(all) {
		t.Errorf("%d of %d requests were answered", n, len(all))
	}
	httpd.awaitLogged(t, len(all))
	httpd.end(t, syscall.SIGTERM)
	p.awaitEnd(t)
	if plain, local := len(testbed.ReadFile(t, httpd.plain)), len(testbed.ReadFile(t, p.file("access_log"))); plain != local {
		t.Errorf("%d bytes in the local log, %d in Apache's own", local, plain)
	}
	plain := readLines(t, httpd.plain)
	if longest := len(plain[len(plain)/2]); longest < 2*half {
		t.Errorf("a line has %d bytes", longest)
	}
	return len(without(plain, readLines(t, p.file("access_log")))), pipeSize
}

// sizePipes gives the pipe that a program's intake reads a size, 0: the one that it has, which it
// returns. The program enlarges the pipe before there is an intake.
func sizePipes(t *testing.T, binary string, size int) (is int) {
	t.Helper()
	stdin := fmt.Sprintf("/proc/%d/fd/0", onlyIntake(t, binary))
	fd, err := unix.Open(stdin, unix.O_RDONLY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err == nil && size > 0 {
		_, err = unix.FcntlInt(uintptr(fd), unix.F_SETPIPE_SZ, size)
	}
	if err == nil {
		is, err = unix.FcntlInt(uintptr(fd), unix.F_GETPIPE_SZ, 0)
	}
	if err != nil {
		t.Fatal(err)
	}
	_ = unix.Close(fd) // nothing was written
	return is
}

// onlyIntake waits until the program has one intake, followed by a front, and no other: Apache starts
// and ends its loggers once before it begins to serve.
func onlyIntake(t *testing.T, binary string) (pid int) {
	t.Helper()
	testbed.Eventually(t, "one intake, and its front", func() bool {
		var intakes, fronts []string
		for _, p := range processes(binary) {
			switch args := testbed.Process(p).Args(); {
			case len(args) > 1 && args[1] == "intake":
				intakes = append(intakes, fmt.Sprint(p))
				pid = p
			case len(args) > 2 && args[1] == "front":
				fronts = append(fronts, args[2])
			case len(args) > 1 && args[1] == "deliver":
			default:
				return false // a front that has no intake yet
			}
		}
		return len(intakes) == 1 && slices.Equal(intakes, fronts)
	})
	return pid
}
