package sealing

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/spool/frame"
)

// BenchmarkLine is what a line of 222 bytes costs, with its LF: where its writer alone fills a file, and where two
// writers share one. A frame has as many lines as a busy server's read.
func BenchmarkLine(b *testing.B) {
	const linesOfFrame = 250
	b.Run("sha256", func(b *testing.B) {
		h, text := sha256.New(), []byte(strings.Repeat("x", 222*linesOfFrame))
		b.SetBytes(222)
		defer reportCPU(b)()
		for i := 0; i < b.N; i += linesOfFrame {
			h.Write(text)
		}
	})
	for _, writers := range []int{1, 2} {
		for _, lines := range []int{1, linesOfFrame} {
			b.Run(fmt.Sprintf("writers=%d/lines=%d", writers, lines), func(b *testing.B) {
				s := New(Options{Every: time.Hour, Dir: "/nonexistent", Tell: func(event.Event) {}, TellNow: func(event.Event) bool { return true }, Secure: func() error { return nil }})
				file := s.File("/nonexistent/access_log", "access_log")
				text := []byte(strings.Repeat(strings.Repeat("x", 221)+"\n", lines))
				var frames []*spool.Frame
				for n := range writers {
					head := &frame.FileHeader{File: frame.FileID{Writer: frame.WriterID{ID: uint64(n + 1), PID: 1}, Number: 1}, Stream: "access"}
					frames = append(frames, &spool.Frame{File: &spool.File{ID: head.File}, Head: head,
						Frame: frame.Frame{Lines: lines, Payload: text, First: 1, Time: time.Now()}})
				}
				size := int64(0)
				b.SetBytes(222)
				b.ReportAllocs()
				defer reportCPU(b)()
				for i := 0; i < b.N; i += lines {
					f := frames[i/lines%writers]
					f.First += uint64(lines)
					size += int64(len(text))
					file.From(s.Read(f), true)
					file.Wrote(text, size)
					s.Applied()
				}
			})
		}
	}
}

// reportCPU reports the time that the process has computed, for each line: on a busy machine it is less than
// the time that has passed.
func reportCPU(b *testing.B) func() {
	begin := cpu(b)
	return func() { b.ReportMetric(float64(cpu(b)-begin)/float64(b.N), "cpu-ns/line") }
}

func cpu(b *testing.B) int64 {
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return u.Utime.Nano() + u.Stime.Nano()
}
