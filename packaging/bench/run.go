package main

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"httpd-syslog/packaging/bench/measure"
)

// result is what one run has cost.
type result struct {
	lines              int
	wall, cpu          time.Duration
	idle, peak         float64 // MB of all processes
	largest            float64 // MB of the one that had most
	lostFile, lostSink int
}

// run is a contender at work.
type run struct {
	site
	contender
	r       *receiver
	central int           // the pid of the receiving rsyslogd, if there is one
	atEnd   atomic.Int64  // messages in its file
	ended   chan struct{} // closed when they need not be counted any longer
	daemons []int
	in      *os.File
	log     *os.File
}

// start brings up what c needs, and then what reads the pipe.
func (c contender) start(latencies int) (*run, error) {
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		return nil, err
	}
	u := &run{contender: c, site: site{dir: dir, file: filepath.Join(dir, "access_log")}}
	if u.log, err = os.Create(filepath.Join(dir, "output")); err != nil {
		return nil, err
	}
	if err := u.receive(latencies); err != nil {
		return nil, err
	}
	daemon, command, err := c.prepare(&u.site)
	if err != nil {
		return nil, err
	}
	if daemon != nil {
		pid, err := u.daemon(daemon, "rsyslog.pid")
		if err != nil {
			return nil, err
		}
		u.daemons = append(u.daemons, pid)
	}
	return u, u.pipe(command)
}

// receive starts the receiver.
func (u *run) receive(latencies int) (err error) {
	var secure *tls.Config
	switch u.sink {
	case sinkRELP:
		if u.port, err = measure.FreePort(); err != nil {
			return err
		}
		if err := u.write("central.conf", centralConf(&u.site)); err != nil {
			return err
		}
		u.ended = make(chan struct{})
		go u.countCentral()
		u.central, err = u.daemon(rsyslogd(u.dir, "central"), "central.pid")
		return err
	case sinkTLS:
		u.ca = filepath.Join(u.dir, "ca.pem")
		certificate, err := makeCertificate(u.ca)
		if err != nil {
			return err
		}
		secure = &tls.Config{Certificates: []tls.Certificate{certificate}}
	}
	if u.r, err = listen("0", secure); err != nil {
		return err
	}
	u.port = u.r.port()
	if latencies > 0 {
		u.r.latencies = make([]time.Duration, 0, latencies)
	}
	return nil
}

// daemon starts one and waits until it has written its pid.
func (u *run) daemon(argv []string, pidFile string) (int, error) {
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Stdout, cmd.Stderr = u.log, u.log
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	for range 1000 {
		if st, err := os.Stat(filepath.Join(u.dir, pidFile)); err == nil && st.Size() > 0 {
			time.Sleep(300 * time.Millisecond) // for its inputs
			return cmd.Process.Pid, nil
		}
		time.Sleep(10 * time.Millisecond)
	}
	return 0, fmt.Errorf("%s has not started within 10 s", argv[0])
}

func (u *run) pipe(command string) error {
	r, w, err := os.Pipe()
	if err != nil {
		return err
	}
	defer r.Close()
	cmd := exec.Command("sh", "-c", command)
	cmd.Env = append(os.Environ(), "FILE="+u.file, "DIR="+u.dir, "PORT="+u.port)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = r, u.log, u.log
	u.in = w
	return cmd.Start()
}

// feed gives all of input, and measures from when the first line has arrived, and so
// every process is up and connected, until the rest has.
func (c contender) feed(input []byte, lines int) (result, error) {
	u, err := c.start(0)
	if err != nil {
		return result{}, err
	}
	defer os.RemoveAll(u.dir)
	first := bytes.IndexByte(input, '\n') + 1
	if _, err := u.in.Write(input[:first]); err != nil {
		return result{}, err
	}
	if err := u.await(int64(first), 1); err != nil {
		return result{}, err
	}
	time.Sleep(500 * time.Millisecond) // what starting has left to do
	res := result{lines: lines}
	idle := measure.Descendants(u.central)
	for _, pid := range idle {
		res.idle += measure.ResidentMB(pid, "VmRSS")
	}
	before, m := measure.CPUOf(idle), measure.WatchMemory(u.central)
	began := time.Now()
	go pour(u.in, input[first:])
	if err := u.await(int64(len(input)), int64(lines)); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", c.name+":", err) // the table has it
	}
	res.wall = time.Since(began)
	res.peak, res.largest = m.Peak()
	if err := u.check(&res, input); err != nil {
		return res, err
	}
	res.cpu = u.end() - before
	return res, nil
}

func pour(w *os.File, input []byte) {
	for b := input; len(b) > 0; {
		n, err := w.Write(b[:min(len(b), 64<<10)])
		if err != nil {
			fatal(err)
		}
		b = b[n:]
	}
	w.Close()
}

// messages are those that have arrived at the receiver.
func (u *run) messages() int64 {
	if u.r != nil {
		return u.r.messages.Load()
	}
	return u.atEnd.Load()
}

// await waits until file and receiver have everything.
func (u *run) await(size, lines int64) error {
	for end := time.Now().Add(5 * time.Minute); time.Now().Before(end); time.Sleep(2 * time.Millisecond) {
		st, err := os.Stat(u.file)
		if err == nil && st.Size() >= size && (u.sink == sinkNone || u.messages() >= lines) {
			return nil
		}
	}
	return fmt.Errorf("%d of %d messages have come after 5 minutes", u.messages(), lines)
}

// countCentral counts lines as they come into the central server's file.
func (u *run) countCentral() {
	buf := make([]byte, 1<<20)
	have := 0
	var f *os.File
	for ; ; time.Sleep(5 * time.Millisecond) {
		select {
		case <-u.ended:
			f.Close()
			return
		default:
		}
		if f == nil {
			f, _ = os.Open(u.site.central()) // not there yet
			continue
		}
		for n, _ := f.Read(buf[have:]); n > 0; n, _ = f.Read(buf[have:]) {
			whole := bytes.LastIndexByte(buf[:have+n], '\n') + 1
			u.atEnd.Add(int64(bytes.Count(buf[:whole], measure.LineMark)))
			have = copy(buf, buf[whole:have+n])
		}
	}
}

// check compares the local file with the input.
func (u *run) check(res *result, input []byte) error {
	got, err := os.ReadFile(u.file)
	if err != nil {
		return err
	}
	if u.sink != sinkNone {
		res.lostSink = res.lines - int(u.messages())
	}
	res.lostFile = res.lines - bytes.Count(got, []byte("\n"))
	if res.lostFile == 0 && !bytes.Equal(got, input) && !(u.anyOrder && sameLines(got, input)) {
		return errors.New("the local file is not the input")
	}
	return nil
}

func sameLines(a, b []byte) bool {
	x, y := bytes.Split(a, []byte("\n")), bytes.Split(b, []byte("\n"))
	slices.SortFunc(x, bytes.Compare)
	slices.SortFunc(y, bytes.Compare)
	return slices.EqualFunc(x, y, bytes.Equal)
}

// end ends it, and adds up what its processes have used.
func (u *run) end() (cpu time.Duration) { return endAll([]*run{u}) }

// endAll waits for every process of all runs and adds up what they have used; the receiving
// rsyslogd comes last and is not counted.
func endAll(runs []*run) (cpu time.Duration) {
	for _, u := range runs {
		u.log.Close()
		for _, pid := range u.daemons {
			unix.Kill(pid, unix.SIGTERM)
		}
	}
	for {
		var usage unix.Rusage
		pid, err := unix.Wait4(-1, nil, unix.WNOHANG, &usage)
		switch {
		case err == unix.EINTR:
		case err != nil: // no child is left
			for _, u := range runs {
				u.stopReceiving()
			}
			return cpu
		case pid == 0:
			for _, u := range runs {
				if u.central != 0 && len(measure.Descendants(u.central)) == 0 {
					unix.Kill(u.central, unix.SIGTERM)
				}
			}
			time.Sleep(5 * time.Millisecond)
		case !slices.ContainsFunc(runs, func(u *run) bool { return u.central == pid }):
			cpu += time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
		}
	}
}

func (u *run) stopReceiving() {
	if u.r != nil {
		u.r.l.Close()
	} else if u.ended != nil {
		close(u.ended)
	}
}
