package main

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"httpd-syslog/forwarder/syslogfmt"
	"httpd-syslog/forwarder/testbed"
	"httpd-syslog/forwarder/testbed/natsbed"
)

// buildStores builds the program that writes to stores, which other tests do without.
var buildStores = sync.OnceValue(func() error { return testbed.BuildStores(bin) })

// needStores has the program that writes to stores beside the others.
func needStores(t *testing.T) {
	t.Helper()
	if err := buildStores(); err != nil {
		t.Fatal(err)
	}
}

// cluster is some NATS servers with a stream of which each has a replica.
type cluster struct {
	*natsbed.Cluster
	js jetstream.JetStream
}

func newCluster(t *testing.T, nodes int) *cluster {
	t.Helper()
	needStores(t)
	c := &cluster{Cluster: &natsbed.Cluster{}}
	if nodes == 1 {
		c.Servers = append(c.Servers, natsbed.New(t, natsbed.Options{}))
	} else {
		c.Cluster = natsbed.NewCluster(t, nodes, natsbed.Options{})
	}
	_, c.js = c.Servers[0].Connect(t)
	natsbed.Stream(t, c.js, func(s *jetstream.StreamConfig) { s.Replicas = nodes })
	return c
}

// relay is the part of a configuration that sends to the cluster.
func (c *cluster) relay(more string) string {
	var servers []string
	for _, s := range c.Servers {
		servers = append(servers, strconv.Quote(s.URL()))
	}
	return fmt.Sprintf("[[relay]]\nname = \"cluster\"\nservers = [%s]\n%s[relay.nats]\nstream = \"HTTPD\"\nsubject = \"httpd\"\n", strings.Join(servers, ", "), more)
}

// lines are the texts of the stream's access log, by subject, in order.
func (c *cluster) lines(t *testing.T) map[string][]string {
	t.Helper()
	texts := map[string][]string{}
	ctx, cancel := context.WithTimeout(t.Context(), testbed.Patience)
	defer cancel()
	stream, err := c.js.Stream(ctx, "HTTPD")
	if err != nil {
		t.Fatal(err)
	}
	state := stream.CachedInfo().State
	for n := state.FirstSeq; state.Msgs > 0 && n <= state.LastSeq; n++ {
		entry, err := stream.GetMsg(ctx, n)
		if err != nil {
			t.Fatal(err)
		}
		subject := entry.Subject
		d := syslogfmt.NewDeframer(bytes.NewReader(entry.Data), 1<<20)
		for m, err := d.Next(); err == nil; m, err = d.Next() {
			if _, text, is := strings.Cut(string(m), "\"] "); is && strings.HasPrefix(text, "line ") {
				texts[subject] = append(texts[subject], text)
			}
		}
	}
	return texts
}

// checkOnce holds that one subject has the lines of a feed, each once, in order.
func checkOnce(t *testing.T, texts []string, lines int) {
	t.Helper()
	for i, text := range texts {
		if n, whole := number(text); !whole || n != i {
			t.Fatalf("line %d of %d in the store is %.40q", i, len(texts), text)
		}
	}
	if len(texts) != lines {
		t.Errorf("%d lines of %d in the store", len(texts), lines)
	}
}

// chaos is how often each server is killed, deliverers are, and a server is cut off.
func chaos() int {
	if n, err := strconv.Atoi(os.Getenv("HTTPD_SYSLOG_CLUSTER_KILLS")); err == nil {
		return n
	}
	return 2
}

// TestClusterHasEachLineOnce: three servers, each killed and begun again at random, one that stands still for a while, and
// deliverers that are killed, while two web servers write: each line is in the stream once, in the order of its writer.
func TestClusterHasEachLineOnce(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 3)
	sites := []*site{newSite(t), newSite(t)}
	var fronts []*front
	var feeds []*feed
	for _, s := range sites {
		s.configure("hostname = %q\n%s%s%s", "web"+strconv.Itoa(len(feeds)+1), s.places(), seals, c.relay("rewind = \"30s\"\n"))
		f, w := s.pipe()
		fronts, feeds = append(fronts, f), append(feeds, &feed{t: t, w: w})
	}
	r := rand.New(rand.NewPCG(*seed, 3))
	t.Logf("-seed %d", *seed)
	begun, killed := time.Now(), make(map[string]int)
	flow := func(d time.Duration) { // 20,000 lines a second from both together
		for end := time.Now().Add(d); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
			for _, f := range feeds {
				f.write(250) // with what the writing takes
			}
		}
	}
	var victims []*natsbed.Server
	for range chaos() {
		victims = append(victims, c.Servers...)
	}
	rand.Shuffle(len(victims), func(i, k int) { victims[i], victims[k] = victims[k], victims[i] })
	for i, v := range victims {
		flow(time.Duration(r.Int64N(int64(time.Second))))
		if i%5 == 4 { // one hears nothing for longer than it takes the others to go on without it
			deaf := c.Servers[r.IntN(len(c.Servers))]
			deaf.Stop(t)
			flow(6 * time.Second)
			deaf.Continue(t)
			killed["standstills"]++
		}
		v.Kill(t)
		flow(time.Duration(r.Int64N(int64(2 * time.Second))))
		v.Start(t)
		killed["servers"]++
		if pids := sites[i%2].pids("deliver"); len(pids) > 0 {
			_ = syscall.Kill(pids[0], syscall.SIGKILL) // it may just have ended
			killed["deliverers"]++
		}
	}
	for i, f := range feeds {
		f.w.Close()
		fronts[i].wait(0)
		sites[i].awaitEnd()
	}
	texts := c.lines(t)
	if len(texts) != len(sites) {
		t.Fatalf("subjects: %q", slices.Collect(maps.Keys(texts)))
	}
	for subject, all := range texts {
		for i, f := range feeds {
			if strings.HasPrefix(subject, fmt.Sprintf("httpd.web%d.", i+1)) {
				checkOnce(t, all, f.lines)
				t.Logf("%s: %d lines, each once, in order", subject, f.lines)
			}
		}
	}
	t.Logf("%v: %v", time.Since(begun).Round(time.Second), killed)
	checkStore(t, sites[0], c.Servers[0].URL(), "web1", "web2")
}

// checkStore holds that verify finds nothing wrong with a store, from which it reads back the lines of all hosts.
func checkStore(t *testing.T, s *site, url string, hosts ...string) {
	t.Helper()
	args := []string{"verify", url, "--config", s.config}
	for _, host := range hosts {
		args = append(args, "--host", host)
	}
	out, err := exec.Command(program(), args...).CombinedOutput()
	if err != nil {
		t.Errorf("verify: %v\n%s", err, out)
	}
	t.Logf("verify %s: %s", url, out)
}
