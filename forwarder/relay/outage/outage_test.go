package outage

import (
	"errors"
	"net/url"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"httpd-syslog/forwarder/audit"
	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/statedir"
	"httpd-syslog/forwarder/syslogfmt"
)

// told is what an event of a test has to say.
type told struct{ code, cause, after, lines, bytes string }

// TestOutage: an outage is told once, with its reason; another reason once in a while; its end with what had waited, and
// when that is delivered. A process that is started within an outage does not tell it again.
func TestOutage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := statedir.Dir(t.TempDir())
		if err := dir.Make(); err != nil {
			t.Fatal(err)
		}
		var got []told
		incidents := make(map[string]bool)
		start := func() (*Outage, *audit.Log) {
			log := audit.New(audit.Options{StateDir: dir, Host: "web1", Tell: func(_ syslogfmt.Severity, text string) {
				e, _ := event.Parse(text)
				got = append(got, told{e.Code, e.Get("cause"), e.Get("after"), e.Get("lines"), e.Get("bytes")})
				incidents[e.Incident] = true
			}})
			if err := log.Recall(); err != nil {
				t.Fatal(err)
			}
			o := New("central", log)
			return &o, log
		}
		server := &url.URL{Scheme: "tcp", Host: "logs:601"}
		one, other, third := errors.New("refused"), errors.New("reset"), errors.New("no route")
		begun := time.Now()
		at := func(d time.Duration) time.Time { return begun.Add(d) }
		o, log := start()
		check := func(what string, on bool, want ...told) {
			t.Helper()
			if !slices.Equal(got, want) {
				t.Errorf("%s: %+v, want %+v", what, got, want)
			}
			if o.IsOn() != on || on != o.Since().Equal(begun) {
				t.Errorf("%s: an outage: %t, since %v", what, o.IsOn(), o.Since())
			}
			got = nil
		}
		o.Took(100)
		o.CaughtUp()
		check("nothing", false)
		o.Failed(server, one, begun)
		check("the first failure", true, told{code: event.RelayDown.Code, cause: "refused"})
		o.Failed(server, one, at(24*time.Hour))
		check("the same reason", true)
		o.Failed(server, other, at(audit.RepeatAfter))
		check("another reason, soon", true)
		o.Failed(server, other, at(audit.RepeatAfter+time.Second))
		still := told{code: event.RelayStillDown.Code, cause: "reset", after: audit.Rounded(audit.RepeatAfter + time.Second).String()}
		check("another reason, later", true, still)
		o.Failed(server, one, at(2*audit.RepeatAfter+time.Second))
		check("a third one, soon after the second", true)
		o.Took(3)
		log.Close()

		o, log = start()
		check("another process", true)
		o.Failed(server, one, time.Now())
		check("the reason that was told", true)
		o.Failed(server, third, time.Now().Add(audit.RepeatAfter/2))
		check("another one, soon", true)
		time.Sleep(audit.RepeatAfter + time.Second)
		o.Failed(server, third, time.Now())
		still.cause = "no route"
		check("another one, later", true, still)
		o.Took(2)
		o.Over(server, 77, at(time.Minute))
		check("its end", false, told{code: event.RelayUp.Code, after: "1m0s", bytes: "77"})
		o.Took(5)
		o.CaughtUp()
		check("its lines", false, told{code: event.RelayCaughtUp.Code, lines: "7"})
		o.CaughtUp()
		o.Took(9)
		check("no more lines", false)
		if len(incidents) != 1 || incidents[""] {
			t.Errorf("the events are of incidents %v", incidents)
		}
		begun = time.Now()
		o.Failed(server, one, begun)
		check("another outage", true, told{code: event.RelayDown.Code, cause: "refused"})
		o.Over(server, 1, begun)
		got = nil
		o.CaughtUp()
		check("its own lines", false, told{code: event.RelayCaughtUp.Code, lines: "0"})
		log.Close()
	})
}
