package forwarder

import (
	"testing"
	"time"

	"httpd-syslog/forwarder/relay"
	"httpd-syslog/forwarder/stream"
	"httpd-syslog/forwarder/testbed"
)

// TestSettings: what a consumer is made of, and nothing else, has it begin anew at a reload.
func TestSettings(t *testing.T) {
	t.Parallel()
	s := newSite(t, relayTo(testbed.NewCentral(t), "central"))
	s.o.Relays[0].Streams = []string{"access"}
	for name, c := range map[string]struct {
		change               func(o *DelivererOptions)
		localSame, relaySame bool
	}{
		"nothing":               {func(o *DelivererOptions) {}, true, true},
		"retention":             {func(o *DelivererOptions) { o.Log.Retention.Keep = 3 }, true, true},
		"a size":                {func(o *DelivererOptions) { o.Log.MaxSize++ }, false, true},
		"sync, on as before":    {func(o *DelivererOptions) { o.Sync = time.Minute }, true, true},
		"sync, off":             {func(o *DelivererOptions) { o.Sync = 0 }, false, true},
		"a stream":              {func(o *DelivererOptions) { o.Streams[0].Tag = "other" }, false, false},
		"a stream of others":    {func(o *DelivererOptions) { o.Streams[1].Tag = "other" }, false, true},
		"a relay's format":      {func(o *DelivererOptions) { o.Relays[0].Format++ }, true, false},
		"a relay's server":      {func(o *DelivererOptions) { o.Relays[0].Servers[0].Port = "1" }, true, false},
		"a relay's certificate": {func(o *DelivererOptions) { o.Relays[0].TLS.CAFile = "" }, true, false},
	} {
		o := s.o
		o.Streams = append([]stream.Stream(nil), o.Streams...)
		o.Relays = append([]relay.Options(nil), o.Relays...)
		o.Relays[0].Servers = append(o.Relays[0].Servers[:0:0], o.Relays[0].Servers...)
		c.change(&o)
		before, after := &deliverer{o: s.o}, &deliverer{o: o}
		local, relay := before.localSettings(), before.relaySettings(&s.o.Relays[0])
		newLocal, newRelay := after.localSettings(), after.relaySettings(&o.Relays[0])
		if same := local.Equal(&newLocal); same != c.localSame {
			t.Errorf("%s: the local log's are the same: %t", name, same)
		}
		if same := relay.Equal(&newRelay); same != c.relaySame {
			t.Errorf("%s: the relay's are the same: %t", name, same)
		}
	}
}
