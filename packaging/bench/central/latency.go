package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"httpd-syslog/packaging/bench/measure"
)

// latency sends messages at a steady rate over TCP, each with the time in it, and looks when they are in
// their file.
func latency(all []receiver) error {
	fmt.Printf("# %d messages/s for %d s over TCP; from the write to the socket until the file has it\n", *rate, *secs)
	p50, p99 := make(map[string][]float64), make(map[string][]float64)
	for round := range max(1, *rounds/2) {
		for i := range all {
			r := &all[(i+round)%len(all)]
			l, err := r.pace()
			if err != nil {
				return fmt.Errorf("%s: %w", r.name, err)
			}
			slices.Sort(l)
			at := func(q float64) time.Duration { return measure.Quantile(l, q) }
			fmt.Printf("BenchmarkCentralLatency/%s %d %d p50-ns %d p99-ns %d max-ns\n", r.name, len(l), at(.5).Nanoseconds(), at(.99).Nanoseconds(), at(1).Nanoseconds())
			p50[r.name] = append(p50[r.name], measure.Milliseconds(at(.5)))
			p99[r.name] = append(p99[r.name], measure.Milliseconds(at(.99)))
		}
	}
	fmt.Println("\n| to the file | p50 ms | p99 ms |\n|---|---|---|")
	for _, r := range all {
		fmt.Printf("| %s | %.2f | %.2f |\n", r.name, measure.Median(p50[r.name]), measure.Median(p99[r.name]))
	}
	fmt.Println()
	return nil
}

const stampMark = "?ts="

// pace sends, and returns how long each message has taken.
func (r *receiver) pace() (l []time.Duration, err error) {
	u, err := r.start(false)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, u.end()) }()
	c, err := dial(u.address(), 0, &stream{}, false)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	messages := newPaced()
	if _, err := c.Write(messages.next(time.Time{})); err != nil {
		return nil, err
	}
	if err := u.await(1, 10*time.Second); err != nil {
		return nil, err
	}
	n := *rate * *secs
	seen := make(chan error, 1)
	go func() {
		var err error
		l, err = u.watch(n)
		seen <- err
	}()
	time.Sleep(100 * time.Millisecond) // until it watches
	began := time.Now()
	for i := range n {
		time.Sleep(time.Until(began.Add(time.Duration(i) * time.Second / time.Duration(*rate))))
		if _, err := c.Write(messages.next(time.Now())); err != nil {
			return nil, err
		}
	}
	return l, <-seen
}

// paced makes counted messages of a writer.
type paced struct {
	rng    *rand.Rand
	number int
	line   []byte
	m, out []byte
}

func newPaced() *paced { return &paced{rng: rand.New(rand.NewPCG(2, 2))} }

func (p *paced) next(at time.Time) []byte {
	extra := ""
	if !at.IsZero() {
		extra = stampMark + strconv.FormatInt(at.UnixNano(), 10)
	}
	p.number++
	p.line = measure.AccessLine(p.line[:0], p.rng, extra)
	p.m = fmt.Appendf(p.m[:0], "<142>1 %s %s httpd 4711-019ac2f4a1b9f3a1 access [meta sequenceId=\"%d\"] %s",
		time.Now().UTC().Format("2006-01-02T15:04:05.000000Z"), recordedHost, p.number, bytes.TrimSuffix(p.line, []byte{'\n'}))
	p.out = append(fmt.Appendf(p.out[:0], "%d ", len(p.m)), p.m...)
	return p.out
}

// watch waits for n messages, and returns how late each is in the file.
func (u *run) watch(n int) (l []time.Duration, err error) {
	names, _ := filepath.Glob(u.files + "/" + recordedHost + "/*.log")
	more, _ := filepath.Glob(u.files + "/*/" + recordedHost + "/*.log")
	if names = append(names, more...); len(names) != 1 {
		return nil, fmt.Errorf("not one file, but %q", names)
	}
	f, err := os.Open(names[0])
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if _, err := f.Seek(0, io.SeekEnd); err != nil {
		return nil, err
	}
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC)
	if err != nil {
		return nil, err
	}
	defer unix.Close(fd)
	if _, err := unix.InotifyAddWatch(fd, names[0], unix.IN_MODIFY); err != nil {
		return nil, err
	}
	events, buf := make([]byte, 4096), make([]byte, 1<<20)
	for len(l) < n {
		if _, err := unix.Read(fd, events); err != nil && err != unix.EINTR {
			return nil, err
		}
		got, err := f.Read(buf)
		if err != nil && err != io.EOF {
			return nil, err
		}
		l = appendLatencies(l, buf[:got], time.Now())
	}
	return l, nil
}

// appendLatencies appends those of the messages in b.
func appendLatencies(l []time.Duration, b []byte, now time.Time) []time.Duration {
	const digits = 19
	for {
		_, rest, ok := bytes.Cut(b, []byte(stampMark))
		if !ok || len(rest) < digits {
			return l
		}
		if at, err := strconv.ParseInt(string(rest[:digits]), 10, 64); err == nil {
			l = append(l, now.Sub(time.Unix(0, at)))
		}
		b = rest[digits:]
	}
}
