package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"httpd-syslog/packaging/bench/measure"
)

// result is what one run has cost.
type result struct {
	lines, entries int
	wall           time.Duration
	ours, theirs   time.Duration // CPU
}

// sender is one web server: a pipe, and what reads it and delivers.
type sender struct {
	dir string
	cmd *exec.Cmd
	in  io.WriteCloser
}

func newSender(program, dir string, nth int, urls []string) (*sender, error) {
	s := &sender{dir: filepath.Join(dir, "web"+strconv.Itoa(nth))}
	if err := os.Mkdir(s.dir, 0o755); err != nil {
		return nil, err
	}
	config := filepath.Join(s.dir, "httpd_syslog.toml")
	text := fmt.Sprintf("hostname = \"web%d\"\nhttp.listen = \"\"\nstate_dir = %q\nlog.dir = %q\n[[relay]]\nservers = [\"%s\"]\n", nth, filepath.Join(s.dir, "state"), filepath.Join(s.dir, "log"), strings.Join(urls, `", "`))
	if err := os.WriteFile(config, []byte(text), 0o644); err != nil {
		return nil, err
	}
	s.cmd = exec.Command(program, "--config", config)
	var err error
	if s.in, err = s.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	return s, s.cmd.Start()
}

// arrivals counts what the cluster has taken: messages of our access log, by its headers, and entries.
type arrivals struct {
	entries  jetstream.MessagesContext
	messages int
	n        int
}

func (c *cluster) watch(withText bool) (*arrivals, error) {
	consumer, err := c.stream.OrderedConsumer(context.Background(), jetstream.OrderedConsumerConfig{HeadersOnly: !withText})
	if err != nil {
		return nil, err
	}
	entries, err := consumer.Messages()
	return &arrivals{entries: entries}, err
}

// await waits for so many messages in all.
func (a *arrivals) await(messages int) error {
	for a.messages < messages {
		e, err := a.entries.Next(jetstream.NextMaxWait(patience))
		if err != nil {
			return fmt.Errorf("%w: %d of %d: %w", errStuck, a.messages, messages, err)
		}
		n, err := strconv.Atoi(e.Headers().Get("Httpd-Syslog-Messages"))
		if err != nil {
			return err
		}
		a.messages, a.n = a.messages+n, a.n+1
	}
	return nil
}

// events is how many messages of its own a sender sends at its begin: of its intake, and of its deliverer.
const events = 2

// pour runs senders, each with so many lines, from when all of them have delivered a first one until the rest has
// arrived.
func pour(program, sync string, senders, each int) (r result, err error) {
	c, err := newCluster(sync)
	if err != nil {
		return r, err
	}
	defer c.end()
	a, err := c.watch(false)
	if err != nil {
		return r, err
	}
	defer a.entries.Stop()
	all, err := begin(program, c, senders)
	defer func() { end(all) }()
	if err != nil {
		return r, err
	}
	if err := a.await(senders * (1 + events)); err != nil {
		return r, err
	}
	input := measure.AccessLines(each)
	before := a.n
	own := func() time.Duration { return measure.CPUOf(slices.DeleteFunc(measure.Descendants(0), c.isServer)) }
	ours, theirs, begun := own(), c.cpu(), time.Now()
	for _, s := range all {
		go s.in.Write(input) // what is lost is missed below
	}
	err = a.await(senders * (1 + events + each))
	r = result{lines: senders * each, entries: a.n - before, wall: time.Since(begun), ours: own() - ours, theirs: c.cpu() - theirs}
	return r, err
}

// begin starts senders, and gives each a line.
func begin(program string, c *cluster, n int) (all []*sender, err error) {
	for i := range n {
		s, err := newSender(program, c.dir, i+1, c.urls)
		if err != nil {
			return all, err
		}
		all = append(all, s)
		if _, err := io.WriteString(s.in, "the first line\n"); err != nil {
			return all, err
		}
	}
	return all, nil
}

// end ends senders, and what they have started.
func end(all []*sender) {
	for _, s := range all {
		_ = s.in.Close()
		_ = s.cmd.Wait()
	}
	for _, pid := range measure.Descendants(0) {
		if b, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", pid)); err == nil && strings.HasPrefix(string(b), "httpd_syslog") {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
	}
}
