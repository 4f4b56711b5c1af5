package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"httpd-syslog/packaging/bench/measure"
)

// result is what one run has cost.
type result struct {
	messages  int
	wall, cpu time.Duration
	peak      float64 // MB
	lost      int     // messages that are in no file
	more      int     // messages that are there more than once, or that nobody has sent
}

// run is a receiver at work.
type run struct {
	site
	cmd *exec.Cmd
	log *os.File
}

// start starts a receiver, and waits until it listens.
func (r *receiver) start(relp bool) (*run, error) {
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		return nil, err
	}
	u := &run{site: site{dir: dir, files: dir + "/central", relp: relp}}
	if u.port, err = measure.FreePort(); err != nil {
		return nil, err
	}
	argv, env, err := r.prepare(&u.site)
	if err != nil {
		return nil, err
	}
	if u.log, err = os.Create(filepath.Join(dir, "output")); err != nil {
		return nil, err
	}
	u.cmd = exec.Command(argv[0], argv[1:]...)
	u.cmd.Env, u.cmd.Stdout, u.cmd.Stderr = append(os.Environ(), env...), u.log, u.log
	if err := u.cmd.Start(); err != nil {
		return nil, err
	}
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if conn, err := net.Dial("tcp", u.address()); err == nil {
			return u, conn.Close()
		}
	}
	said, _ := os.ReadFile(u.log.Name())
	return nil, errors.Join(fmt.Errorf("%s does not listen: %s", r.name, said), u.end())
}

func (u *run) address() string { return "127.0.0.1:" + u.port }

// end ends the receiver.
func (u *run) end() error {
	err := u.cmd.Process.Signal(syscall.SIGTERM)
	_ = u.cmd.Wait() // by the signal, perhaps
	u.log.Close()
	return errors.Join(err, os.RemoveAll(u.dir))
}

// feed replays all streams, and measures from when the first messages of each are in their files until all are.
func (r *receiver) feed(all []*stream, relp bool, perf string) (res result, err error) {
	u, err := r.start(relp)
	if err != nil {
		return res, err
	}
	ended := false
	defer func() {
		if !ended {
			err = errors.Join(err, u.end())
		}
	}()
	conns, first, err := u.connect(all)
	if err != nil {
		return res, err
	}
	if err := u.await(first, 10*time.Second); err != nil {
		return res, err
	}
	time.Sleep(500 * time.Millisecond) // what starting has left to do
	pid := u.cmd.Process.Pid
	before := measure.CPUOf([]int{pid})
	stop := profile(perf, pid)
	began := time.Now()
	sent := replay(conns)
	late := u.await(total(all), 2*time.Minute)
	res.wall = time.Since(began)
	stop()
	if err := errors.Join(late, <-sent); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", r.name+":", err) // the table has it
	}
	for _, c := range conns {
		c.Close()
	}
	res.peak = measure.ResidentMB(pid, "VmHWM")
	for _, s := range all {
		res.messages += len(s.ends)
	}
	ended = true
	err = u.compare(all, &res)
	err = errors.Join(err, u.end())
	res.cpu = u.cmd.ProcessState.UserTime() + u.cmd.ProcessState.SystemTime() - before
	return res, err
}

// connect opens a connection for each stream, and sends its first messages. first is the size of the files
// that have these.
func (u *run) connect(all []*stream) (conns []*connection, first int64, err error) {
	for i, s := range all {
		c, err := dial(u.address(), i, s, u.relp)
		if err == nil {
			err = c.send(s.first)
		}
		if err != nil {
			return nil, 0, err
		}
		conns, first = append(conns, c), first+s.size[s.first-1]
	}
	return conns, first, nil
}

// replay sends all that is left. The channel says how that went.
func replay(conns []*connection) <-chan error {
	var sending sync.WaitGroup
	errs := make([]error, len(conns))
	for i, c := range conns {
		sending.Go(func() {
			if errs[i] = c.send(len(c.s.ends)); errs[i] == nil {
				errs[i] = c.awaitAnswers()
			}
		})
	}
	done := make(chan error, 1)
	go func() {
		sending.Wait()
		done <- errors.Join(errs...)
	}()
	return done
}

// await waits until the files have so many bytes.
func (u *run) await(size int64, atMost time.Duration) error {
	have := int64(0)
	for end := time.Now().Add(atMost); time.Now().Before(end); time.Sleep(3 * time.Millisecond) {
		if have = sizeOf(u.files); have >= size {
			return nil
		}
	}
	return fmt.Errorf("the files have %d of %d bytes after %v", have, size, atMost)
}

func sizeOf(dir string) (size int64) {
	_ = filepath.WalkDir(dir, func(_ string, e fs.DirEntry, err error) error { // not there yet
		if err != nil || e.IsDir() {
			return nil
		}
		if info, err := e.Info(); err == nil {
			size += info.Size()
		}
		return nil
	})
	return size
}

// compare looks for each message in the files of its host.
func (u *run) compare(all []*stream, res *result) error {
	got := make(map[string][]byte)
	err := filepath.WalkDir(u.files, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		host := filepath.Base(filepath.Dir(path))
		got[host] = append(got[host], b...)
		return err
	})
	for _, s := range all {
		lost, more := differ(s.text, got[s.host])
		res.lost, res.more = res.lost+lost, res.more+more
		delete(got, s.host)
	}
	for host := range got {
		return errors.Join(err, fmt.Errorf("files of %q, which has sent nothing", host))
	}
	return err
}

// differ counts lines of want that are not in got, and lines of got that are not in want; in any order,
// since each kind has a file of its own.
func differ(want, got []byte) (lost, more int) {
	if bytes.Equal(want, got) {
		return 0, 0
	}
	a, b := sorted(want), sorted(got)
	for len(a) > 0 && len(b) > 0 {
		switch c := strings.Compare(a[0], b[0]); {
		case c < 0:
			lost, a = lost+1, a[1:]
		case c > 0:
			more, b = more+1, b[1:]
		default:
			a, b = a[1:], b[1:]
		}
	}
	return lost + len(a), more + len(b)
}

func sorted(text []byte) []string {
	lines := strings.SplitAfter(string(text), "\n")
	lines = slices.DeleteFunc(lines, func(s string) bool { return s == "" })
	slices.Sort(lines)
	return lines
}

// profile has perf record what a process does, until stop is called.
func profile(file string, pid int) (stop func()) {
	if file == "" {
		return func() {}
	}
	cmd := exec.Command("perf", "record", "-q", "-g", "-F", "999", "-o", file, "-p", fmt.Sprint(pid))
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		fmt.Fprintln(os.Stderr, "bench: no profile:", err)
		return func() {}
	}
	time.Sleep(300 * time.Millisecond)
	return func() {
		_ = cmd.Process.Signal(os.Interrupt)
		_ = cmd.Wait() // by the signal
	}
}
