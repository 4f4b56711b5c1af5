//go:build faultpoints

package main

import (
	"path/filepath"
	"testing"

	"httpd-syslog/forwarder/testbed"
	"httpd-syslog/forwarder/testbed/natsbed"
)

// storePoints are where the deliverer is killed, or the store, while an entry is made.
var storePoints = []string{"relay.send.before", "relay.send.after", "relay.append.before", "relay.append.after", "relay.accept", "relay.commit.before", "relay.commit.after", "relay.end"}

// TestCrashMatrixOfStores: at each point on the way of an entry the deliverer kills itself, or stands still while the store
// is killed. Each line is in the store once, in order, after a restart.
func TestCrashMatrixOfStores(t *testing.T) {
	for _, point := range storePoints {
		for _, victim := range []string{"itself", "store"} {
			t.Run(point+"/"+victim, func(t *testing.T) {
				t.Parallel()
				c, s := newCluster(t, 1), newSite(t)
				s.configure("hostname = \"web1\"\n%s%s", s.places(), c.relay(""))
				crashAppending(t, s, c.Servers[0], point, victim)
				for _, texts := range c.lines(t) {
					checkOnce(t, texts, 1001)
				}
			})
		}
	}
}

// crashAppending writes 1,000 lines, has the victim die when the point is passed, and writes another one.
func crashAppending(t *testing.T, s *site, store *natsbed.Server, point, victim string) {
	t.Helper()
	action := "stop"
	if victim == "itself" {
		action = "kill"
	}
	front, w, passed, release := s.startFaulty(point + "=" + action)
	f := &feed{t: t, w: w}
	f.write(1000)
	if point == "relay.end" {
		w.Close()
	}
	testbed.Eventually(t, "the point is passed", passed)
	if victim == "itself" {
		awaitDeath(t, filepath.Join(s.dir, "marker"))
	} else {
		store.Kill(t)
	}
	release()
	if victim == "store" {
		store.Start(t)
	}
	if point != "relay.end" {
		w.Close()
	}
	front.wait(0)
	again, w2 := s.pipe()
	f.w = w2
	f.write(1)
	w2.Close()
	again.wait(0)
	s.awaitEnd()
}
