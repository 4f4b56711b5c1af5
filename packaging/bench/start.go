package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"httpd-syslog/packaging/bench/measure"
)

// measureStart takes the time from exec until the first line of the pipe is in the spool; nobody
// delivers, so the spool stays.
func measureStart(program string) error {
	const times = 50
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if program, err = install(program, dir); err != nil {
		return err
	}
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
		measure.Milliseconds(measure.Quantile(took, .5)), measure.Milliseconds(measure.Quantile(took, .9)), measure.Milliseconds(measure.Quantile(took, 1)))
	return measureEarlySignals(program)
}

// install copies both programs, as a package does, and returns the path of the first. The page cache has
// what a linker has written in small pieces, which costs each start a fifth of a millisecond.
func install(program, dir string) (path string, err error) {
	for _, name := range []string{program, program + "d"} {
		b, err := os.ReadFile(name)
		switch {
		case errors.Is(err, fs.ErrNotExist) && name != program: // nothing needs it here
			continue
		case err != nil:
			return "", err
		}
		if err := os.WriteFile(filepath.Join(dir, filepath.Base(name)), b, 0o755); err != nil {
			return "", err
		}
	}
	return filepath.Join(dir, filepath.Base(program)), nil
}

// tenLines is the least that a program in Go can do against an early SIGTERM. What it misses
// is the time of Go's runtime, and the machine's.
const tenLines = `package main

import (
	"os"
	"os/signal"
	"syscall"
)

func main() {
	end := make(chan os.Signal, 1)
	signal.Notify(end, syscall.SIGTERM)
	<-end
}
`

// buildTenLines returns the path of tenLines as a program in dir.
func buildTenLines(dir string) (path string, err error) {
	source := filepath.Join(dir, "ten.go")
	path = filepath.Join(dir, "ten")
	if err = os.WriteFile(source, []byte(tenLines), 0o644); err != nil {
		return "", err
	}
	build := exec.Command("go", "build", "-ldflags", "-s -w", "-o", path, source)
	build.Stderr = os.Stderr
	return path, build.Run()
}

// measureEarlySignals sends SIGTERM to fronts soon after their start, and says how many leave
// a pipe that nobody reads; in turn with a program of ten lines, and how many it is too early
// for.
func measureEarlySignals(program string) error {
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	ten, err := buildTenLines(dir)
	if err != nil {
		return err
	}
	const times = 40
	fmt.Printf("\n| SIGTERM so long after exec | of %d pipes nobody reads | of %d programs of ten lines have no handler |\n|---|---|---|\n", times, times)
	for _, after := range []time.Duration{time.Millisecond, 1500 * time.Microsecond, 2 * time.Millisecond, 3 * time.Millisecond, 5 * time.Millisecond} {
		unread, killed := 0, 0
		for range times {
			read, err := signalOnce(program, after)
			if err != nil {
				return err
			}
			if !read {
				unread++
			}
			if diesOnce(ten, after) {
				killed++
			}
		}
		fmt.Printf("| %v | %d | %d |\n", after, unread, killed)
	}
	return nil
}

// diesOnce reports whether a program dies of SIGTERM.
func diesOnce(program string, after time.Duration) bool {
	c := exec.Command(program)
	if c.Start() != nil {
		return false
	}
	signalAfter(c, after)
	s, ok := c.ProcessState.Sys().(syscall.WaitStatus)
	return ok && s.Signaled()
}

// signalAfter sends SIGTERM, and waits for the end.
func signalAfter(c *exec.Cmd, after time.Duration) {
	// A loop instead would compete with the process for the processor on which fork has put it.
	pause := unix.NsecToTimespec(after.Nanoseconds())
	_ = unix.Nanosleep(&pause, nil)
	_ = c.Process.Signal(unix.SIGTERM) // it may have ended
	_ = c.Wait()                       // by the signal
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
	signalAfter(front, after)
	_, err = in.Write(measure.AccessLines(1))
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
	news, err := watchSpool(dir)
	if err != nil {
		return 0, err
	}
	defer unix.Close(news)
	_, in, err := startFront(program, conf)
	began := time.Now() // the exec is over
	if err != nil {
		return 0, err
	}
	if _, err := in.Write(measure.AccessLines(1)); err != nil {
		return 0, err
	}
	for err == nil && !spooled(dir) {
		err = await(news, 10*time.Second)
	}
	took := time.Since(began)
	in.Close()
	reap()
	return took, err
}

// watchSpool makes a spool, as there is one on every machine behind the first start, and has the kernel
// tell of what is written to its files: a loop that looks would take a processor from what is measured.
func watchSpool(dir string) (fd int, err error) {
	spool := dir + "/state/spool"
	if err := os.MkdirAll(spool, 0o750); err != nil {
		return -1, err
	}
	if fd, err = unix.InotifyInit1(unix.IN_CLOEXEC); err != nil {
		return -1, err
	}
	_, err = unix.InotifyAddWatch(fd, spool, unix.IN_MODIFY)
	return fd, err
}

// await waits for news.
func await(news int, most time.Duration) error {
	n, err := unix.Poll([]unix.PollFd{{Fd: int32(news), Events: unix.POLLIN}}, int(most.Milliseconds()))
	switch {
	case err == unix.EINTR:
		return nil
	case err != nil:
		return err
	case n == 0:
		return fmt.Errorf("the line is not in the spool after %v", most)
	}
	_, err = unix.Read(news, make([]byte, 4<<10))
	return err
}

// spooled: a frame with an access line is in one of the spool's files.
func spooled(dir string) bool {
	files, _ := filepath.Glob(dir + "/state/spool/*") // the pattern is good
	for _, f := range files {
		if b, err := os.ReadFile(f); err == nil && bytes.Contains(b, measure.LineMark) {
			return true
		}
	}
	return false
}
