package collector

import (
	"strings"
	"testing"
	"time"

	"httpd-syslog/forwarder/collector/trail"
)

// on is a message as a relay sends it on: with the hops that it has gone.
func on(message string, hops ...trail.Hop) string {
	at := strings.Index(message, `"] `) + len(`"]`)
	var way trail.Trail
	line := []byte(message)
	for _, h := range hops[:len(hops)-1] {
		longer := way.Append(nil, line, at, h)
		if line = way.Cut(longer, len(longer)-(len(line)-at)); string(line) != message {
			panic(string(line)) // a test's message has no text like that
		}
	}
	return string(way.Append(nil, line, at, hops[len(hops)-1]))
}

// TestWhatComesBackIsLeftOut: a message that was sent on from here is not written again, whatever its number, which is
// told once, and once more when no more come; one that has gone through others is written as it was.
func TestWhatComesBackIsLeftOut(t *testing.T) {
	s := newSite(t)
	s.o.Hop = trail.NewHop("log1")
	other := trail.NewHop("log2")
	c := s.begin()
	first := time.Now()
	s.put("web1", message(1, 1, "a"), message(1, 2, "b"))
	s.put("log2", on(message(1, 1, "a"), s.o.Hop, other), on(message(7, 9, "of nobody"), s.o.Hop, other), on(message(2, 1, "of others"), other))
	s.step(c)
	s.expect("web1/*/*", "a", "b")
	s.expect("log2/*/*", "of others")
	if c.publish(); c.Progress.CollectHealth().Returned != 2 {
		t.Errorf("%d messages have come back", c.Progress.CollectHealth().Returned)
	}
	if text := strings.Join(s.told, "\n"); !strings.Contains(text, "left out: log1 > log2 > log1, from log2") {
		t.Error(text)
	}
	c.tellRings(first.Add(ringOver - time.Second))
	s.expectTold("collect.ring")
	s.end(c)
	c = s.begin() // whose hop it would be, if not for the test
	s.put("log2", on(message(1, 2, "b"), s.o.Hop, other))
	s.step(c)
	c.tellRings(time.Now().Add(ringOver))
	s.end(c)
	s.expectTold("collect.ring", "collect.ring_opened")
}

// TestTooFar: a message that has gone through as many collectors as it may is written, and that it goes no further is
// told.
func TestTooFar(t *testing.T) {
	s := newSite(t)
	s.o.Hop = trail.NewHop("log1")
	var hops []trail.Hop
	for range trail.MaxHops {
		hops = append(hops, trail.NewHop("far"))
	}
	c := s.begin()
	s.put("log2", on(message(1, 1, "a"), hops[1:]...), on(message(1, 2, "b"), hops...))
	s.step(c)
	s.expect("log2/*/*", "a", "b")
	s.expectTold("collect.far")
	if text := strings.Join(s.told, "\n"); strings.Count(text, "far > ") != 2*(trail.MaxHops-1) { // sentence and block
		t.Error(text)
	}
	c.tellRings(time.Now().Add(ringOver))
	s.end(c)
	s.expectTold("collect.far", "collect.near")
}
