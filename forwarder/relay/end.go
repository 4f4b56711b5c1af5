package relay

import (
	"context"
	"math"
	"time"

	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/fault"
	"httpd-syslog/forwarder/transport"
)

// end closes the session for good, when everything is sent. If the session does not end in good order
// it returns an error, and everything that is not safe is sent again over another session, maxEndings
// times at most and as long as ctx allows.
func (r *Relay) end(ctx context.Context) error {
	err := r.finish(ctx)
	fault.Point("relay.end")
	if err != nil && transport.InGoodOrder(err) && ctx.Err() == nil {
		return err // the server has ended the session first: the caller finds out whether it is still there
	}
	if r.endings++; err != nil && r.endings < maxEndings && ctx.Err() == nil {
		return errAgain
	}
	if err == nil {
		r.window.Settle()
	}
	r.commit(err == nil) // after an end that is not clean the next process begins at safe
	return errDraining
}

// stop closes the session for good. Lines that were not sent stay in the spool.
func (r *Relay) stop(ctx context.Context) error {
	err := r.finish(ctx)
	r.commit(err == nil && !r.o.isStore()) // after an end that is not clean the next process begins at safe
	return errDraining
}

// maxEndings: a server that never ends a connection in good order is not to get the
// same lines for ever.
const maxEndings = 2

// finish closes the session. If that is in good order all that is accepted is safe, but in a store, which can lose
// entries whatever ends. The batch must have been sent.
func (r *Relay) finish(ctx context.Context) error {
	if err := r.session.Close(ctx); err != nil {
		return err
	}
	r.session = nil
	r.accept(math.MaxUint64, time.Now())
	if !r.o.isStore() {
		r.window.Settle()
	}
	return nil
}

// closeTimeout is how long an end in good order may take when another server
// waits for the lines.
const closeTimeout = 5 * time.Second

// goHome goes back to a preferred server. It ends the session with the server in use first, in good
// order if that server does so within closeTimeout.
func (r *Relay) goHome(ctx context.Context) {
	closing, cancel := context.WithTimeout(ctx, closeTimeout)
	defer cancel()
	from := r.servers.Current()
	if r.finish(closing) != nil {
		r.session = nil
		r.rewind()
	}
	r.use(r.servers.GoHome())
	r.events.Tell(event.RelayBack.With("relay", r.o.Name, "was", from, "server", r.servers.Current()))
}
