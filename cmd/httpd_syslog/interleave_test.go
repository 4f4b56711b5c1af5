package main

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
	"testing"

	"golang.org/x/sys/unix"

	"httpd-syslog/forwarder/testbed"
)

const longLine = 11000 // above PIPE_BUF

// TestLongLinesOfManyWriters: lines above PIPE_BUF from 40 writers mix where the pipe runs
// full, whatever reads it; no byte is lost by that. How many do is a matter of luck.
func TestLongLinesOfManyWriters(t *testing.T) {
	small := mixedLines(t, 64<<10, 40, 50)
	large := mixedLines(t, 0, 40, 50)
	t.Logf("2000 lines of 11 KB from 40 writers: %d damaged with a pipe of 64 KiB, %d with the enlarged one", small, large)
}

// TestEnlargedPipe (1 MiB with CAP_SYS_RESOURCE, else 256 KiB) has room for a long line of
// each of 20 writers while nobody reads, and so none is damaged.
func TestEnlargedPipe(t *testing.T) {
	if damaged := mixedLines(t, 0, 20, 1); damaged > 0 {
		t.Errorf("%d of 20 lines are damaged", damaged)
	}
}

// mixedLines counts the lines that came out in another form, of so many from each writer.
// size is that of the pipe; 0: what the program makes of it. Where each writer has but one
// line, nobody reads before all are written.
func mixedLines(t *testing.T, size, writers, each int) (damaged int) {
	t.Helper()
	s := newSite(t)
	s.configure("%s", s.places())
	f, w := s.pipe()
	writeLines(t, w, 1, 1)
	s.awaitLocal("access_log", "\n") // by now the front has made the pipe larger
	if size > 0 {
		if _, err := unix.FcntlInt(w.Fd(), unix.F_SETPIPE_SZ, size); err != nil {
			t.Fatal(err)
		}
	}
	reader := s.one("intake")
	if each == 1 {
		testbed.Process(reader).Stop(t)
	}
	var writing sync.WaitGroup
	for n := range writers {
		// Each has a description of its own, as Apache's children do.
		fd, err := unix.Open(fmt.Sprintf("/proc/self/fd/%d", w.Fd()), unix.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		writing.Go(func() {
			defer unix.Close(fd)
			for range each {
				writeAll(fd, append(bytes.Repeat([]byte{byte('!' + n)}, longLine), '\n'))
			}
		})
	}
	written := make(chan struct{})
	go func() {
		defer close(written)
		writing.Wait()
	}()
	testbed.Eventually(t, "the end of all writing", func() bool { return testbed.IsClosed(written) })
	if each == 1 {
		testbed.Process(reader).Continue(t)
	}
	w.Close()
	f.wait(0)
	s.awaitEnd()
	text := s.local("access_log")
	first := strings.IndexByte(text, '\n') + 1
	lines := strings.SplitAfter(text[first:], "\n")
	for _, l := range lines[:len(lines)-1] {
		if len(l) != longLine+1 || strings.Trim(l, l[:1]) != "\n" {
			damaged++
		}
	}
	if got := len(text) - first; got != writers*each*(longLine+1) {
		t.Errorf("%d bytes in the local log of %d", got, writers*each*(longLine+1))
	}
	return damaged
}

// writeAll writes b to a pipe, which may take it in parts. What it cannot write is missed
// in the local log.
func writeAll(fd int, b []byte) {
	for len(b) > 0 {
		n, err := unix.Write(fd, b)
		if err != nil && err != unix.EINTR {
			return
		}
		b = b[max(n, 0):]
	}
}
