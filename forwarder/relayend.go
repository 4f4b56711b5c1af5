package forwarder

import (
	"context"
	"math"
	"time"

	"httpd-syslog/forwarder/fault"
	"httpd-syslog/forwarder/syslogfmt"
)

// end closes the session for good. Where that is not in good order everything that
// is not safe is sent again, over another session, as often as maxEndings and as long
// as ctx allow.
func (r *relay) end(ctx context.Context) error {
	err := r.finish(ctx)
	fault.Point("relay.end")
	if err != nil && inGoodOrder(err) && ctx.Err() == nil {
		return err // the server was first; whether it has gone is to be seen
	}
	if r.endings++; err != nil && r.endings < maxEndings && ctx.Err() == nil {
		return errAgain
	}
	r.commit(err == nil) // else the next one begins at safe
	return errDraining
}

// leave closes the session for good with what was sent; the rest stays in the spool.
func (r *relay) leave(ctx context.Context) error {
	r.commit(r.finish(ctx) == nil) // else the next one begins at safe
	return errDraining
}

// maxEndings: a server that never ends a connection in good order is not to get the
// same lines for ever.
const maxEndings = 2

// finish closes the session, which makes what is accepted safe if it is in good
// order. Everything must have been given to Send.
func (r *relay) finish(ctx context.Context) error {
	if err := r.session.Close(ctx); err != nil {
		return err
	}
	r.session = nil
	r.accept(math.MaxUint64, time.Now())
	r.window.settle()
	return nil
}

// closeTimeout is how long an end in good order may take when another server
// waits for the lines.
const closeTimeout = 5 * time.Second

// goHome goes back to a preferred server, after an end in good order with the
// one in use, if that takes part in it.
func (r *relay) goHome(ctx context.Context) {
	closing, cancel := context.WithTimeout(ctx, closeTimeout)
	defer cancel()
	from := r.servers.current()
	if r.finish(closing) != nil {
		r.session = nil
		r.rewind()
	}
	r.use(r.servers.goHome())
	r.events.log(syslogfmt.Notice, "relay %s: back from %s to %s", r.o.Name, from, r.servers.current())
}
