package verify_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/seal"
	"httpd-syslog/forwarder/testbed"
	"httpd-syslog/forwarder/verify"
	"httpd-syslog/forwarder/verify/finding"
	"httpd-syslog/forwarder/verify/verifytest"
)

// TestEventsCutOff: where a central server's events end long before its lines, that is no want of patience.
func TestEventsCutOff(t *testing.T) {
	s := verifytest.New(t, verifytest.Options{Seed: 6, Minutes: 60, Central: 100})
	path := filepath.Join(s.Remote, s.Host, "audit.log")
	events := testbed.ReadFile(t, path)
	for minutes, found := range map[int]bool{10: true, 30: true, 50: false} {
		stamp := s.Start.Add(time.Duration(minutes) * time.Minute).Format("2006-01-02T15:04")
		at := strings.Index(events, " "+stamp)
		testbed.WriteFile(t, path, events[:strings.LastIndexByte(events[:at], '\n')+1])
		r := check(t, verify.Options{Central: []string{s.Remote}})
		told := slices.ContainsFunc(r.Findings, func(f finding.Finding) bool { return f.Code == finding.NotCovered })
		if told != found || r.Counts.NotSealed == 0 {
			t.Errorf("%d minutes: %s: %s", minutes, r.Sentence(), r.First())
		}
		r = check(t, verify.Options{Central: []string{s.Remote}, Now: s.Start.Add(time.Minute)})
		if slices.ContainsFunc(r.Findings, func(f finding.Finding) bool { return f.Code == finding.NotCovered }) {
			t.Errorf("%d minutes: lines of a time that is to come tell something: %s", minutes, r.First())
		}
	}
}

// TestSealsComeSeldom: with the longest time between seals that there can be, lines wait for theirs for an hour, and ten
// minutes behind others, while heartbeats come. With the first one behind that they are told.
func TestSealsComeSeldom(t *testing.T) {
	for minutes, exit := range map[int]int{20: finding.OK, 70: finding.OK, 75: finding.Findings} {
		h := newHost("web1")
		h.send(1, texts(1, 5)...)
		h.seal(1, texts(1, 5)...)
		h.send(6, texts(6, 9)...)
		begin := h.now
		for h.now.Sub(begin) < time.Duration(minutes)*time.Minute {
			h.now = h.now.Add(5 * time.Minute)
			beat := seal.Heartbeat{N: h.chain.N, Chain: h.chain.ID, Clock: seal.Clock{State: "synchronised"}}
			beat.Writers = []event.Range{{Writer: procID, First: 1, Last: 9}}
			for _, e := range beat.Event().Split() {
				h.event(e.String())
			}
		}
		r := check(t, verify.Options{Central: []string{h.write(t, t.TempDir())}})
		if r.Exit() != exit || exit != finding.OK && !strings.Contains(r.First(), "not_sealed") {
			t.Errorf("%d minutes: %s: %s", minutes, r.Sentence(), r.First())
		}
	}
}
