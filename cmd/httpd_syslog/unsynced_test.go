//go:build faultpoints

package main

import (
	"os"
	"path/filepath"
	"testing"

	"httpd-syslog/forwarder/testbed"
)

// beginFaulty begins a service with what happens at a fault point; release ends that.
func (c *centre) beginFaulty(fault string) (passed func() bool, release func()) {
	c.t.Helper()
	marker := filepath.Join(c.dir, "marker")
	cmd := c.command(nil, "serve", "--config", c.config)
	cmd.Env = append(os.Environ(), "HTTPD_SYSLOG_FAULT="+fault, "HTTPD_SYSLOG_FAULT_MARKER="+marker)
	c.service = c.run(cmd)
	return func() bool { return testbed.Exists(marker) }, func() { testbed.WriteFile(c.t, marker+".go", "") }
}

// TestUnsyncedIsNotAnswered: where the disk cannot be synced no message over RELP is answered with "synced",
// and an event tells of it; senders send again when it can be.
func TestUnsyncedIsNotAnswered(t *testing.T) {
	t.Parallel()
	c := newCentre(t, "")
	c.configure("hostname = \"log1.example.com\"\n%s[[listen]]\nurl = \"relp://%s\"\ncollect = true\n[collect]\ndir = %q\nacknowledge = \"synced\"\n",
		c.places(), c.address, c.files)
	_, release := c.beginFaulty("collect.sync=EIO")
	s := &relpSender{n: 1}
	testbed.Eventually(t, "an unanswered message", func() bool {
		s.begin()
		s.send(t, c.address)
		return s.sent > 0
	})
	c.awaitEvent("event=collect.unsynced incident=")
	if s.answered > 0 {
		t.Errorf("%d messages are answered", s.answered)
	}
	release()
	c.sayOverRELP(s.message(s.sent + 1))
	c.awaitEvent("event=collect.synced incident=")
	testbed.Eventually(t, "the message", func() bool {
		return c.endsWith("web1", "access", s.message(s.sent+1)+"\n")
	})
	c.service.endService()
}

// TestUnsyncedFilesAreWrittenAgain: where central files cannot be synced the collector goes back to its
// last record, and writes again what came since, each line once.
func TestUnsyncedFilesAreWrittenAgain(t *testing.T) {
	t.Parallel()
	c := newCentre(t, "")
	passed, release := c.beginFaulty("collect.syncfs=EIO")
	s := c.newSender(1)
	front, w := s.pipe()
	f := &feed{t: t, w: w}
	f.write(1000)
	testbed.Eventually(t, "a sync has failed", passed)
	c.awaitEvent("event=collect.failing incident=")
	c.awaitEvent("files were cut back by")
	f.write(1000)
	release()
	c.awaitEvent("event=collect.written incident=")
	f.write(1000)
	w.Close()
	front.wait(0)
	s.awaitEnd()
	c.endWhenDone([]*site{s})
	if n := c.checkCollected(s, "web1.example.com", f); n != f.lines {
		t.Errorf("%d lines of %d", n, f.lines)
	}
}
