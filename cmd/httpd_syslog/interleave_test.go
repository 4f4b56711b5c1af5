package main

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
	"testing"

	"golang.org/x/sys/unix"
)

// TestLongLinesOfManyWriters: lines above PIPE_BUF from 40 writers mix where the
// pipe runs full, whatever reads it. A larger pipe (1 MiB with CAP_SYS_RESOURCE, else
// 256 KiB) makes that rarer; and no byte is lost in any case.
func TestLongLinesOfManyWriters(t *testing.T) {
	small := mixedLines(t, 64<<10)
	large := mixedLines(t, 0)
	t.Logf("2000 lines of 11 KB from 40 writers: %d damaged with a pipe of 64 KiB, %d with the enlarged one", small, large)
	if large > small+small/10 {
		t.Error("a larger pipe has damaged more lines")
	}
}

// mixedLines counts the lines that came out in another form. size is that of the
// pipe; 0: what the program makes of it.
func mixedLines(t *testing.T, size int) (damaged int) {
	const writers, each, length = 40, 50, 11000
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
	var writing sync.WaitGroup
	for n := range writers {
		// Each has a description of its own, as Apache's children do.
		fd, err := unix.Open(fmt.Sprintf("/proc/self/fd/%d", w.Fd()), unix.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		line := append(bytes.Repeat([]byte{byte('!' + n)}, length), '\n')
		writing.Go(func() {
			defer unix.Close(fd)
			for range each {
				for rest := line; len(rest) > 0; {
					n, err := unix.Write(fd, rest)
					if err != nil && err != unix.EINTR {
						t.Error(err)
						return
					}
					rest = rest[max(n, 0):]
				}
			}
		})
	}
	writing.Wait()
	w.Close()
	f.wait(0)
	s.awaitEnd()
	text := s.local("access_log")
	first := strings.IndexByte(text, '\n') + 1
	lines := strings.SplitAfter(text[first:], "\n")
	for _, l := range lines[:len(lines)-1] {
		if len(l) != length+1 || strings.Trim(l, l[:1]) != "\n" {
			damaged++
		}
	}
	if got := len(text) - first; got != writers*each*(length+1) {
		t.Errorf("%d bytes in the local log of %d", got, writers*each*(length+1))
	}
	return damaged
}
