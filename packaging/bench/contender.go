package main

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// contender is a program that brings what it reads to a file and a receiver.
type contender struct {
	name string
	// command returns the program, to run in dir, and the file that it writes.
	command func(dir, port string) (cmd *exec.Cmd, file string, err error)
}

func ours(program string) contender {
	return contender{"httpd_syslog", func(dir, port string) (*exec.Cmd, string, error) {
		program, err := filepath.Abs(program)
		if err != nil {
			return nil, "", err
		}
		conf := filepath.Join(dir, "httpd_syslog.toml")
		text := fmt.Sprintf("state_dir = %q\n[log]\ndir = %q\nmax_size = \"100GB\"\n[[relay]]\nname = \"bench\"\nservers = [\"tcp://127.0.0.1:%s\"]\n",
			dir+"/state", dir+"/log", port)
		err = os.WriteFile(conf, []byte(text), 0o644)
		return exec.Command(program, "--config", conf), filepath.Join(dir, "log", "access_log"), err
	}}
}

func teeSocat() contender {
	return contender{"tee_socat", func(dir, port string) (*exec.Cmd, string, error) {
		file := filepath.Join(dir, "access_log")
		script := `tee "$0" | socat -u -b 65536 - "TCP:127.0.0.1:$1,nodelay"`
		return exec.Command("sh", "-c", script, file, port), file, nil
	}}
}

// result is what one run has cost.
type result struct{ wall, cpu time.Duration }

// run is a contender at work.
type run struct {
	dir, file string
	r         *receiver
	in        *os.File
	cmd       *exec.Cmd
}

func (c contender) start(latencies bool) (*run, error) {
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		return nil, err
	}
	u := &run{dir: dir}
	if u.r, err = listen(); err != nil {
		return nil, err
	}
	if latencies {
		u.r.latencies = make([]time.Duration, 0, *rate**secs)
	}
	if u.cmd, u.file, err = c.command(dir, u.r.port()); err != nil {
		return nil, err
	}
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	u.in, u.cmd.Stdin = w, r
	return u, u.cmd.Start()
}

// feed gives all of input, and measures until it has arrived.
func (c contender) feed(input []byte, lines int) (result, error) {
	u, err := c.start(false)
	if err != nil {
		return result{}, err
	}
	defer os.RemoveAll(u.dir)
	time.Sleep(500 * time.Millisecond) // it is to be up before the clock runs
	began := time.Now()
	go func() {
		for b := input; len(b) > 0; {
			n, err := u.in.Write(b[:min(len(b), 64<<10)])
			if err != nil {
				fatal(err)
			}
			b = b[n:]
		}
		u.in.Close()
	}()
	if err := u.await(int64(len(input)), int64(lines)); err != nil {
		return result{}, err
	}
	res := result{wall: time.Since(began)}
	got, err := os.ReadFile(u.file)
	if err == nil && !bytes.Equal(got, input) {
		err = errors.New("the local file is not the input")
	}
	return u.end(res, err)
}

// await waits until file and receiver have everything.
func (u *run) await(size, lines int64) error {
	for end := time.Now().Add(5 * time.Minute); time.Now().Before(end); time.Sleep(2 * time.Millisecond) {
		st, err := os.Stat(u.file)
		if err == nil && st.Size() >= size && u.r.messages.Load() >= lines {
			return nil
		}
	}
	return fmt.Errorf("%d of %d messages have come after 5 minutes", u.r.messages.Load(), lines)
}

// end waits for every process of the contender and adds up what they have used.
func (u *run) end(res result, err error) (result, error) {
	for {
		var usage unix.Rusage
		pid, werr := unix.Wait4(-1, nil, 0, &usage)
		if werr == unix.EINTR {
			continue
		}
		if pid <= 0 || werr != nil {
			u.r.l.Close()
			return res, err
		}
		res.cpu += time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
	}
}

// pace gives lines at a rate, each written by itself.
func (c contender) pace(rate, secs int) ([]time.Duration, error) {
	u, err := c.start(true)
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(u.dir)
	rng := rand.New(rand.NewPCG(2, 2))
	b := accessLine(nil, rng, "")
	if _, err := u.in.Write(b); err != nil { // a first line, so that all is up
		return nil, err
	}
	if err := u.await(0, 1); err != nil {
		return nil, err
	}
	began := time.Now()
	for i := range rate * secs {
		time.Sleep(time.Until(began.Add(time.Duration(i) * time.Second / time.Duration(rate))))
		b = accessLine(b[:0], rng, stampMark+strconv.FormatInt(time.Now().UnixNano(), 10))
		if _, err := u.in.Write(b); err != nil {
			return nil, err
		}
	}
	u.in.Close()
	if err := u.await(0, int64(rate*secs+1)); err != nil {
		return nil, err
	}
	_, err = u.end(result{}, nil)
	return u.r.latencies, err
}
