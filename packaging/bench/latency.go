package main

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"time"

	"httpd-syslog/packaging/bench/measure"
)

// turn is how long one contender is fed before the next. What the machine does besides changes within seconds;
// in turns this short it meets all of them alike.
const turn = 200 * time.Millisecond

// latency feeds lines at a steady rate, each with the time in it. In each round all contenders are started anew, and
// get their lines in turn.
func latency(all []contender) error {
	if len(all) == 0 {
		return nil
	}
	fmt.Printf("\n# %d lines/s for %d s each, in turns of %v; from the write to the pipe to the read by the receiver\n", *rate, *secs, turn)
	p50, p99 := make(map[string][]float64), make(map[string][]float64)
	order := rand.New(rand.NewPCG(3, 3))
	for range *rounds {
		stand, err := latencyRound(all, order)
		if err != nil {
			return err
		}
		for _, p := range stand {
			slices.Sort(p.latencies)
			at := func(q float64) time.Duration { return measure.Quantile(p.latencies, q) }
			fmt.Printf("BenchmarkLatency/%s %d %d p50-ns %d p99-ns %d max-ns\n", p.name, len(p.latencies),
				at(.5).Nanoseconds(), at(.99).Nanoseconds(), at(1).Nanoseconds())
			p50[p.name] = append(p50[p.name], measure.Milliseconds(at(.5)))
			p99[p.name] = append(p99[p.name], measure.Milliseconds(at(.99)))
		}
	}
	first := all[0].name
	fmt.Printf("\n| | p50 ms | p99 ms | p50, p99 of %s against it (standard error) |\n|---|---|---|---|\n", first)
	for _, c := range all {
		m50, e50 := measure.MeanRatio(p50[first], p50[c.name])
		m99, e99 := measure.MeanRatio(p99[first], p99[c.name])
		fmt.Printf("| %s | %.3f | %.3f | %.3f (%.3f), %.3f (%.3f) |\n", c.name, measure.Median(p50[c.name]), measure.Median(p99[c.name]), m50, e50, m99, e99)
	}
	return nil
}

// paced is a contender that is fed at a steady rate.
type paced struct {
	*run
	feeder    *feeder
	sent      int64
	latencies []time.Duration
}

// latencyRound starts all, gives them their lines, and ends them.
func latencyRound(all []contender, order *rand.Rand) ([]*paced, error) {
	stand, runs := make([]*paced, len(all)), make([]*run, len(all))
	for i, c := range all {
		p, err := c.pace()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", c.name, err)
		}
		defer os.RemoveAll(p.dir)
		stand[i], runs[i] = p, p.run
	}
	for range *secs * int(time.Second/turn) {
		for _, i := range order.Perm(len(stand)) { // what one has left to do disturbs the next: nobody always comes after the same one
			if err := stand[i].take(); err != nil {
				return nil, fmt.Errorf("%s: %w", stand[i].name, err)
			}
		}
	}
	for _, p := range stand {
		p.in.Close()
	}
	endAll(runs)
	return stand, nil
}

// pace starts one, and waits until all of it is up.
func (c contender) pace() (*paced, error) {
	u, err := c.start(*rate * *secs)
	if err != nil {
		return nil, err
	}
	p := &paced{run: u, feeder: newFeeder(u.in), sent: 1}
	return p, errors.Join(p.feeder.first(), u.await(0, 1))
}

// take gives it the lines of a turn, and waits until they have arrived.
func (p *paced) take() error {
	n := int(turn * time.Duration(*rate) / time.Second)
	if err := p.feeder.steadily(*rate, n); err != nil {
		return err
	}
	p.sent += int64(n)
	if err := p.await(0, p.sent); err != nil {
		return err
	}
	p.latencies = append(p.latencies, p.r.takeLatencies()...)
	return nil
}

// feeder writes lines of vcombined.
type feeder struct {
	w    io.Writer
	rng  *rand.Rand
	line []byte
}

func newFeeder(w io.Writer) *feeder { return &feeder{w: w, rng: rand.New(rand.NewPCG(2, 2))} }

// first writes a line without the time in it.
func (f *feeder) first() error { return f.write("") }

// steadily writes n lines at a rate, each by itself and with the time in it.
func (f *feeder) steadily(rate, n int) error {
	began := time.Now()
	for i := range n {
		time.Sleep(time.Until(began.Add(time.Duration(i) * time.Second / time.Duration(rate))))
		if err := f.write(stampMark + strconv.FormatInt(time.Now().UnixNano(), 10)); err != nil {
			return err
		}
	}
	return nil
}

func (f *feeder) write(extra string) error {
	f.line = measure.AccessLine(f.line[:0], f.rng, extra)
	_, err := f.w.Write(f.line)
	return err
}
