package main

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"time"

	"httpd-syslog/packaging/bench/measure"

	"github.com/nats-io/nats.go/jetstream"
)

// latency measures how long lines are on their way, from when they are written into the pipe until somebody who reads the
// stream has them: at a low rate, one sender, servers with their default.
func latency(program string) error {
	c, err := newCluster("2m")
	if err != nil {
		return err
	}
	defer c.end()
	a, err := c.watch(true)
	if err != nil {
		return err
	}
	defer a.entries.Stop()
	all, err := begin(program, c, 1)
	defer func() { end(all) }()
	if err != nil {
		return err
	}
	if err := a.await(1 + events); err != nil {
		return err
	}
	n := *rate * *secs
	go func() {
		next := time.NewTicker(time.Second / time.Duration(*rate))
		defer next.Stop()
		for range n {
			<-next.C
			if _, err := fmt.Fprintf(all[0].in, "sent=%d\n", time.Now().UnixNano()); err != nil {
				return // the lines are missed
			}
		}
	}()
	var took []time.Duration
	for len(took) < n {
		e, err := a.entries.Next(jetstream.NextMaxWait(patience))
		if err != nil {
			return fmt.Errorf("%w: %w", errStuck, err)
		}
		took = appendLatencies(took, e.Data(), time.Now())
	}
	slices.Sort(took)
	ms := func(q float64) float64 { return measure.Milliseconds(measure.Quantile(took, q)) }
	fmt.Printf("\nLatency at %d lines/s, of %d lines, ms: p50 %.1f, p99 %.1f, most %.1f (delay is 50)\n", *rate, n, ms(0.5), ms(0.99), ms(1))
	return nil
}

// appendLatencies adds how long each line of an entry has been on its way.
func appendLatencies(took []time.Duration, data []byte, now time.Time) []time.Duration {
	mark := []byte("sent=")
	for {
		_, rest, is := bytes.Cut(data, mark)
		if !is {
			return took
		}
		digits := 0
		for digits < len(rest) && '0' <= rest[digits] && rest[digits] <= '9' && digits < len("1795819068071388483") {
			digits++
		}
		if at, err := strconv.ParseInt(string(rest[:digits]), 10, 64); err == nil {
			took = append(took, now.Sub(time.Unix(0, at)))
		}
		data = rest[digits:]
	}
}
