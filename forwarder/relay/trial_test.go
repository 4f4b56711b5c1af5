package relay

import (
	"testing"

	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/statedir"
)

// TestDoubtIsOfOneServer: what was found out about a message at one server says nothing of another
// one, where the search begins anew; another session with the same server goes on with it.
func TestDoubtIsOfOneServer(t *testing.T) {
	r := &Relay{trials: newTrials(statedir.Dir(t.TempDir()), "central", testTiming)}
	r.doubtOf("tcp://a:514")
	for range 3 {
		r.doubt.Broke(spool.Positions{}, 0, false, 1)
	}
	r.doubtOf("tcp://a:514")
	r.doubt.HungUp(1, false, 0)
	if !r.doubt.IsAboutSuspect() {
		t.Fatal("there is no suspect")
	}
	r.doubtOf("tcp://a:514")
	if !r.doubt.IsAboutSuspect() {
		t.Error("another session with the same server begins anew")
	}
	r.doubtOf("tcp://b:514")
	if !r.doubt.IsOn() || r.doubt.IsAboutSuspect() {
		t.Errorf("at another server: in doubt %v, about the suspect %v", r.doubt.IsOn(), r.doubt.IsAboutSuspect())
	}
}
