package relay

import (
	"strings"
	"testing"

	"httpd-syslog/forwarder/cursor"
	"httpd-syslog/forwarder/record"
	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/statedir"
	"httpd-syslog/forwarder/status"
	"httpd-syslog/forwarder/testbed"
)

// TestCountsAfterKill: a relay's counts do not go back behind what status has told, though
// its record is older; and what is sent again, since nobody has ended it, is repeated.
func TestCountsAfterKill(t *testing.T) {
	t.Parallel()
	state := stateDir(t)
	testbed.NewLineWriter(t, statedir.Dir(state), "access").Lines(10)
	catalog := spool.NewCatalog(statedir.Dir(state).Spool())
	if err := catalog.Refresh(); err != nil {
		t.Fatal(err)
	}
	c := cursor.Record{Accepted: catalog.Ends(), Safe: spool.Positions{}, Relay: &cursor.RelayCount{Lines: 10, Failures: 2}}
	count := func() cursor.RelayCount {
		count, _ := c.CountOf(catalog, status.Told(statedir.Dir(state), "central"), func(string) bool { return true })
		return count
	}
	if got, want := count(), (cursor.RelayCount{Lines: 10, Repeated: 10, Failures: 2}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	told := status.Status{Relays: []status.Relay{{Name: "central", Lines: 13, Failures: 3}}}
	if err := record.Write(status.Path(statedir.Dir(state)), told, false); err != nil {
		t.Fatal(err)
	}
	if got, want := count(), (cursor.RelayCount{Lines: 13, Repeated: 13, Failures: 3}); got != want {
		t.Errorf("with a newer status: %+v, want %+v", got, want)
	}
	c.Clean, c.Relay.Lines = true, 20
	if got, want := count(), (cursor.RelayCount{Lines: 20, Failures: 3}); got != want {
		t.Errorf("after a clean end: %+v, want %+v", got, want)
	}
}

// TestNoServer: a relay without one is an error that names it.
func TestNoServer(t *testing.T) {
	o := Options{Name: "central"}
	if err := o.Check(); err == nil || !strings.Contains(err.Error(), "relay central has no server") {
		t.Errorf("check: %v", err)
	}
	if _, err := o.transports(); err == nil || !strings.Contains(err.Error(), "relay central has no server") {
		t.Errorf("transports: %v", err)
	}
}
