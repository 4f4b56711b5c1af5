package relay

import (
	"context"
	"time"

	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/transport"
)

// renewPatience is how long the end of a session that is to be renewed may take: a server
// that is busy must first read the lines that it has got.
const renewPatience = 30 * time.Second

// renew ends the session in good order, so that another one goes on behind it. errRenewed:
// it has.
func (r *Relay) renew(ctx context.Context) error {
	closing, cancel := context.WithTimeout(ctx, renewPatience)
	defer cancel()
	err := r.finish(closing)
	switch {
	case err == nil:
		return errRenewed
	case transport.InGoodOrder(err) && ctx.Err() == nil:
		return err // the server has ended the session first
	case ctx.Err() == nil:
		r.events.Tell(event.RelayUnclean.With("relay", r.o.Name, "server", r.servers.Current(), "cause", transport.Reason(err)))
	}
	return errAgain
}

// Reloaded tells the relay that the configuration was loaded again, and has left its settings the
// same: with Reconnect set it renews its session. Any goroutine may call it.
func (r *Relay) Reloaded() {
	r.renewal.Ask()
	r.servers.Refresh()
}
