package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"httpd-syslog/packaging/bench/measure"
)

// measureGrowth: what a line costs must not depend on how many there are, on how
// many pipes they come by, nor on what waits in the spool. What it writes it
// removes.
func measureGrowth(program string) error {
	fmt.Println("| lines | pipes | µs a line | CPU µs a line | peak RSS MB: all processes, the largest |\n|---|---|---|---|---|")
	block := measure.AccessLines(100000)
	for _, n := range []int{1, max(1, *most/4), *most} {
		if err := many(program, block, n*10, 1); err != nil {
			return err
		}
	}
	for _, pipes := range []int{1, 8, 64} {
		if err := many(program, block, max(1, 64/pipes), pipes); err != nil {
			return err
		}
	}
	return backlog(program, block)
}

// place is a directory with a configuration for one relay or more.
func place(relays string) (dir, conf string, err error) {
	if dir, err = os.MkdirTemp("", "bench"); err != nil {
		return "", "", err
	}
	conf = filepath.Join(dir, "httpd_syslog.toml")
	return dir, conf, os.WriteFile(conf, []byte(oursConf(dir, relays)), 0o644)
}

// many gives block so many times to each of the pipes.
func many(program string, block []byte, blocks, pipes int) error {
	r, err := listen("0", nil)
	if err != nil {
		return err
	}
	defer r.l.Close()
	dir, conf, err := place(relayConf("bench", "tcp://127.0.0.1:"+r.port(), ""))
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := measure.Freshen(3 * int64(len(block)*blocks*pipes)); err != nil {
		return err
	}
	ins := make([]*os.File, pipes)
	for i := range ins {
		if _, ins[i], err = startFront(program, conf); err != nil {
			return err
		}
	}
	time.Sleep(time.Second) // they are to be up before the clock runs
	before, m := measure.CPUOf(measure.Descendants(0)), measure.WatchMemory(0)
	lines := 100000 * blocks * pipes
	began := time.Now()
	pourAll(ins, block, blocks)
	if err := arrived(r, int64(lines), 10*time.Minute); err != nil {
		return err
	}
	took := time.Since(began)
	peak, largest := m.Peak()
	used := reap() - before
	st, err := os.Stat(filepath.Join(dir, "log", "access_log"))
	if err == nil && st.Size() != int64(len(block)*blocks*pipes) {
		err = fmt.Errorf("the local file has %d of %d bytes", st.Size(), len(block)*blocks*pipes)
	}
	fmt.Printf("| %d | %d | %.3f | %.3f | %.0f, %.0f |\n", lines, pipes,
		took.Seconds()*1e6/float64(lines), used.Seconds()*1e6/float64(lines), peak, largest)
	return err
}

// pourAll writes to all pipes at once.
func pourAll(ins []*os.File, block []byte, blocks int) {
	var all sync.WaitGroup
	for _, in := range ins {
		all.Go(func() {
			for range blocks {
				if _, err := in.Write(block); err != nil {
					fatal(err)
				}
			}
			in.Close()
		})
	}
	all.Wait()
}

// backlog lets one relay's server be away, and return while lines for another
// come: theirs must not come late.
func backlog(program string, block []byte) error {
	live, err := listen("0", nil)
	if err != nil {
		return err
	}
	live.latencies = make([]time.Duration, 0, *rate*liveSecs)
	away, err := measure.FreePort()
	if err != nil {
		return err
	}
	dir, conf, err := place(relayConf("live", "tcp://127.0.0.1:"+live.port(), "") + relayConf("away", "tcp://127.0.0.1:"+away, ""))
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	_, in, err := startFront(program, conf)
	if err != nil {
		return err
	}
	blocks := *most * 10
	for range blocks {
		if _, err := in.Write(block); err != nil {
			return err
		}
	}
	lines := int64(blocks) * 100000
	if err := arrived(live, lines, 10*time.Minute); err != nil {
		return err
	}
	m := measure.WatchMemory(0)
	back, err := listen(away, nil)
	if err != nil {
		return err
	}
	if err := arrived(back, 1, 2*time.Minute); err != nil {
		return err
	}
	return replay(in, live, back, m, lines)
}

// liveSecs is how long live lines are written while the backlog goes out.
const liveSecs = 10

// replay writes live lines while the backlog goes out.
func replay(in *os.File, live, back *receiver, m *measure.Memory, lines int64) error {
	began := time.Now()
	done := make(chan time.Duration, 1)
	go func() {
		arrived(back, lines, 10*time.Minute) // the wait below says so too
		done <- time.Since(began)
	}()
	f := newFeeder(in)
	if err := errors.Join(f.first(), f.steadily(*rate, *rate*liveSecs)); err != nil {
		return err
	}
	in.Close()
	total := lines + int64(*rate*liveSecs) + 1
	if err := arrived(live, total, time.Minute); err != nil {
		return err
	}
	if err := arrived(back, total, 10*time.Minute); err != nil {
		return err
	}
	took := <-done
	peak, largest := m.Peak()
	reap()
	l := slices.Clone(live.latencies)
	slices.Sort(l)
	fmt.Printf("\nA backlog of %d lines replayed in %.1f s (%.0f klines/s), peak RSS %.0f MB of all processes, %.0f of the largest;\n"+
		"the other relay's lines meanwhile, %d/s for %d s: p50 %.2f ms, p99 %.2f ms, max %.2f ms\n", lines, took.Seconds(), float64(lines)/1000/took.Seconds(),
		peak, largest, *rate, liveSecs, measure.Milliseconds(measure.Quantile(l, .5)), measure.Milliseconds(measure.Quantile(l, .99)), measure.Milliseconds(measure.Quantile(l, 1)))
	return nil
}
