package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"golang.org/x/sys/unix"
)

// measureStart takes the time from exec until a line that waits in the pipe is
// in the spool; nobody delivers, so the spool stays.
func measureStart(program string) error {
	const times = 50
	var took []time.Duration
	for range times {
		d, err := startOnce(program)
		if err != nil {
			return err
		}
		took = append(took, d)
	}
	slices.Sort(took)
	fmt.Printf("| exec to first line spooled, %d times | ms |\n|---|---|\n| median | %.2f |\n| p90 | %.2f |\n| max | %.2f |\n", times,
		milliseconds(quantile(took, .5)), milliseconds(quantile(took, .9)), milliseconds(quantile(took, 1)))
	return measureEarlySignals(program)
}

// measureEarlySignals sends SIGTERM to fronts soon after their start, and says how many leave
// a pipe that nobody reads.
func measureEarlySignals(program string) error {
	const times = 40
	fmt.Printf("\n| SIGTERM so long after exec | of %d pipes nobody reads |\n|---|---|\n", times)
	for _, after := range []time.Duration{time.Millisecond, 1500 * time.Microsecond, 2 * time.Millisecond, 3 * time.Millisecond, 5 * time.Millisecond} {
		unread := 0
		for range times {
			read, err := signalOnce(program, after)
			if err != nil {
				return err
			}
			if !read {
				unread++
			}
		}
		fmt.Printf("| %v | %d |\n", after, unread)
	}
	return nil
}

// signalOnce reports whether somebody reads a front's pipe after its end.
func signalOnce(program string, after time.Duration) (read bool, err error) {
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		return false, err
	}
	defer os.RemoveAll(dir)
	conf := filepath.Join(dir, "httpd_syslog.toml")
	if err := os.WriteFile(conf, []byte("deliver = \"service\"\n"+oursConf(dir, "")), 0o644); err != nil {
		return false, err
	}
	front, in, err := startFront(program, conf)
	if err != nil {
		return false, err
	}
	for began := time.Now(); time.Since(began) < after; { // a sleep may be late
	}
	_ = front.Process.Signal(unix.SIGTERM) // it may have ended
	_ = front.Wait()                       // by the signal
	_, err = in.Write(accessLines(1))
	in.Close()
	reap()
	return err == nil, nil
}

func startOnce(program string) (time.Duration, error) {
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	conf := filepath.Join(dir, "httpd_syslog.toml")
	if err := os.WriteFile(conf, []byte("deliver = \"service\"\n"+oursConf(dir, "")), 0o644); err != nil {
		return 0, err
	}
	began := time.Now()
	_, in, err := startFront(program, conf)
	if err != nil {
		return 0, err
	}
	if _, err := in.Write(accessLines(1)); err != nil {
		return 0, err
	}
	for time.Since(began) < 10*time.Second && !spooled(dir) {
		time.Sleep(100 * time.Microsecond)
	}
	took := time.Since(began)
	if !spooled(dir) {
		err = errors.New("the line is not in the spool after 10 s")
	}
	in.Close()
	reap()
	return took, err
}

// spooled: a frame with an access line is in one of the spool's files.
func spooled(dir string) bool {
	files, _ := filepath.Glob(dir + "/state/spool/*") // the pattern is good
	for _, f := range files {
		if b, err := os.ReadFile(f); err == nil && bytes.Contains(b, lineMark) {
			return true
		}
	}
	return false
}
