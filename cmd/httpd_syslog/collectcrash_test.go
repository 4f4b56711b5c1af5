//go:build faultpoints

package main

import (
	"os"
	"path/filepath"
	"testing"

	"httpd-syslog/forwarder/testbed"
)

// collectPoints are the points that a collector's service passes.
var collectPoints = []string{
	"collect.write.before", "collect.write.after", "collect.note.before", "collect.note.after",
	"collect.changes.before", "collect.changes.after", "collect.commit.before", "collect.commit.synced", "collect.commit.recorded", "collect.commit.after",
	"collect.seal.writing", "collect.seal.listed", "collect.seal.before", "collect.seal.told",
	"spool.write.before", "spool.write.after", "spool.roll.created", "spool.head.after", "record.written", "record.placed",
}

// TestCollectorCrashes kills -9 the collector's service at each named point, and once more while it brings
// its files back: each line of a sender is in the central files once.
func TestCollectorCrashes(t *testing.T) {
	for _, point := range collectPoints {
		t.Run(point, func(t *testing.T) {
			t.Parallel()
			c := newSealedCentre(t)
			c.dies(point, nil)
			s := c.newSender(1)
			front, w := s.pipe()
			f := &feed{t: t, w: w}
			f.write(1000)
			c.awaitDeath(f)
			c.dies("collect.recover.file", f) // where there is nothing to bring back it lives
			c.begin()
			f.write(1000)
			w.Close()
			front.wait(0)
			s.awaitEnd()
			c.endWhenDone([]*site{s})
			if n := c.checkCollected(s, "web1.example.com", f); n != f.lines {
				t.Errorf("%d lines of %d", n, f.lines)
			}
			if out, err := c.verifyFiles(); err != nil {
				t.Errorf("verify: %v\n%s", err, out)
			}
		})
	}
}

// dies begins a service that dies at a point. With a feed it waits until it has died, or has passed the
// beginning, and then ends it.
func (c *centre) dies(point string, f *feed) {
	c.t.Helper()
	marker := filepath.Join(c.dir, "marker")
	if err := os.RemoveAll(marker); err != nil {
		c.t.Fatal(err)
	}
	cmd := c.command(nil, "serve", "--config", c.config)
	cmd.Env = append(os.Environ(), "HTTPD_SYSLOG_FAULT="+point+"=kill", "HTTPD_SYSLOG_FAULT_MARKER="+marker)
	c.service = c.run(cmd)
	if f == nil {
		return
	}
	testbed.Eventually(c.t, "the service has died, or writes", func() bool {
		f.write(1)
		select {
		case <-c.service.exited:
			return true
		default:
			return c.collectedSoFar("web1.example.com", "access") != "" && testbed.Exists(filepath.Join(c.state, "status"))
		}
	})
	_ = c.service.cmd.Process.Kill() // it may have died
	<-c.service.exited
}

// awaitDeath waits until the service has died, while lines come.
func (c *centre) awaitDeath(f *feed) {
	c.t.Helper()
	testbed.Eventually(c.t, "the service has died", func() bool {
		if f.lines < 100_000 {
			f.write(10)
		}
		select {
		case <-c.service.exited:
			return true
		default:
			return false
		}
	})
}
