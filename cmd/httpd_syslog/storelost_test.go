package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"httpd-syslog/forwarder/testbed"
)

// TestClusterLosesADisk: the server that leads the stream loses what it had on its disk. No line is lost, and none is there
// twice.
func TestClusterLosesADisk(t *testing.T) {
	t.Parallel()
	c, s := newCluster(t, 3), newSite(t)
	s.configure("hostname = \"web1\"\n%s%s%s", s.places(), seals, c.relay(""))
	front, w := s.pipe()
	f := &feed{t: t, w: w}
	f.write(5000)
	node, others := c.Leader(t, c.js, "HTTPD")
	node.Kill(t)
	if err := os.RemoveAll(filepath.Join(node.Dir, "store")); err != nil {
		t.Fatal(err)
	}
	f.write(5000)
	node.Start(t)
	c.awaitReplicas(t, node.Name)
	for _, other := range others { // what there is then is on the disk that was empty, too
		other.Kill(t)
		other.Start(t)
		c.awaitReplicas(t, node.Name)
	}
	f.write(5000)
	w.Close()
	front.wait(0)
	s.awaitEnd()
	for _, texts := range c.lines(t) {
		checkOnce(t, texts, f.lines)
	}
	checkStore(t, s, c.Servers[0].URL(), "web1")
}

// awaitReplicas waits until all servers have the whole stream, that one among them.
func (c *cluster) awaitReplicas(t *testing.T, name string) {
	t.Helper()
	testbed.Eventually(t, "everybody has the stream", func() bool {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		stream, err := c.js.Stream(ctx, "HTTPD")
		if err != nil {
			return false
		}
		info := stream.CachedInfo().Cluster
		if info == nil || info.Leader == "" || len(info.Replicas) != len(c.Servers)-1 {
			return false
		}
		has := info.Leader == name
		for _, r := range info.Replicas {
			if !r.Current || r.Offline || r.Lag > 0 {
				return false
			}
			has = has || r.Name == name
		}
		return has
	})
}

// TestStoreIsRestored: an older state of the store is an incident, and it gets again what it lacks.
func TestStoreIsRestored(t *testing.T) {
	t.Parallel()
	c, s := newCluster(t, 1), newSite(t)
	s.configure("hostname = \"web1\"\n%s%s%s", s.places(), seals, c.relay(""))
	front, w := s.pipe()
	f := &feed{t: t, w: w}
	arrived := func() bool {
		for _, texts := range c.lines(t) {
			return len(texts) == f.lines
		}
		return false
	}
	f.write(1000)
	testbed.Eventually(t, "the lines in the store", arrived)
	server := c.Servers[0]
	data, backup := filepath.Join(server.Dir, "store"), filepath.Join(server.Dir, "backup")
	server.Kill(t)
	if err := os.CopyFS(backup, os.DirFS(data)); err != nil {
		t.Fatal(err)
	}
	server.Start(t)
	f.write(1000)
	testbed.Eventually(t, "the lines in the store", arrived)
	server.Kill(t)
	if err := os.RemoveAll(data); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(backup, data); err != nil {
		t.Fatal(err)
	}
	server.Start(t)
	s.awaitEvent("{event=relay.store_behind ")
	f.write(1000)
	w.Close()
	front.wait(0)
	s.awaitEnd()
	for _, texts := range c.lines(t) {
		checkOnce(t, texts, f.lines)
	}
	if n := strings.Count(s.local("audit_log"), "{event=relay.store_behind "); n != 1 {
		t.Errorf("told %d times", n)
	}
	checkStore(t, s, server.URL(), "web1")
}

// TestCopiedStateIsRefused: of two deliverers with the same state directory one goes on, and the lines of the other wait.
func TestCopiedStateIsRefused(t *testing.T) {
	t.Parallel()
	c, first, second := newCluster(t, 1), newSite(t), newSite(t)
	deliver := func(s *site, lines int) {
		front, w := s.pipe()
		f := &feed{t: t, w: w}
		f.write(lines)
		w.Close()
		front.wait(0)
	}
	second.log = first.log // as on another machine it has the same name
	for _, s := range []*site{first, second} {
		s.configure("hostname = \"web1\"\n%s%s", s.places(), c.relay(""))
	}
	deliver(first, 100)
	first.awaitEnd()
	if err := os.CopyFS(second.state, os.DirFS(first.state)); err != nil {
		t.Fatal(err)
	}
	deliver(second, 200)
	second.awaitEnd()
	count := func() (n int) {
		for _, texts := range c.lines(t) {
			n += len(texts)
		}
		return n
	}
	if n := count(); n != 300 {
		t.Fatalf("%d lines in the store", n)
	}
	first.away = true // its deliverer waits until somebody has seen to it
	deliver(first, 50)
	first.awaitEvent("{event=relay.foreign ")
	out, err := exec.Command(program(), "status", "--check", "--config", first.config).CombinedOutput()
	if err == nil || !strings.Contains(string(out), "another deliverer") {
		t.Errorf("status: %v, %s", err, out)
	}
	if n := count(); n != 300 {
		t.Errorf("%d lines in the store, behind those of the copy", n)
	}
	first.configure("hostname = \"web1\"\n%s%s", first.places(), strings.Replace(c.relay(""), `subject = "httpd"`, `subject = "httpd.again"`, 1))
	testbed.Eventually(t, "the lines that waited, elsewhere", func() bool { return count() == 350 })
	first.awaitEvent("{event=relay.own ")
}
