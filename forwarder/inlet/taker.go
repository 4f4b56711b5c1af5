package inlet

import (
	"slices"

	"httpd-syslog/forwarder/listener"
	"httpd-syslog/forwarder/syslogfmt"
)

// taker takes the messages of one connection, or of one socket of datagrams.
type taker struct {
	r       *Inlets
	from    *listener.Sender
	flushes []*inlet // that have messages of this taker since the last Flush
	ends    []mark   // of the sender's messages since the last Written, where the sender repeats what is not acknowledged
}

// mark is how far an inlet has to be written.
type mark struct {
	in  *inlet
	end uint64 // bytes of frames, of all that were ever built
}

// Open returns what takes the messages of a connection over.
func (r *Inlets) Open(from *listener.Sender) listener.Taker { return &taker{r: r, from: from} }

// Take puts a message into memory, or says why not. While the memory is full it waits for a disk
// that writes, and for any disk with Block, or where the sender waits.
func (t *taker) Take(m *listener.Message) listener.Reason {
	for {
		in := t.r.routes.Load().byFacility[min(m.Facility, syslogfmt.Local7)]
		if in == nil {
			return listener.Facility
		}
		end, reason, open := in.put(m, t.from)
		if !open {
			continue // SetStreams has just closed this inlet: the routes are other ones now
		}
		if reason == listener.Taken {
			t.note(in, end)
		}
		if !t.r.taken.Load() { // to store for each message would cost more
			t.r.taken.Store(true)
		}
		return reason
	}
}

// note remembers where a message is that was taken.
func (t *taker) note(in *inlet, end uint64) {
	if !slices.Contains(t.flushes, in) {
		t.flushes = append(t.flushes, in)
	}
	if !t.from.Repeats {
		return
	}
	for i := range t.ends {
		if t.ends[i].in == in {
			t.ends[i].end = end
			return
		}
	}
	t.ends = append(t.ends, mark{in, end})
}

// Flush has the messages that were taken written. It does not wait for that.
func (t *taker) Flush() {
	for _, in := range t.flushes {
		in.flush()
	}
	t.flushes = t.flushes[:0]
}

// Written tells when the messages taken since the last call are in the spool, which survives a kill of
// any process.
func (t *taker) Written() listener.Written {
	t.Flush()
	w := marks(slices.Clone(t.ends))
	t.ends = t.ends[:0]
	return w
}

// marks tell when all of them are written.
type marks []mark

// IsDone reports whether they are.
func (w marks) IsDone() bool {
	for _, m := range w {
		if !m.in.progress.has(m.end) {
			return false
		}
	}
	return true
}

// Wait waits for them until stop is closed.
func (w marks) Wait(stop <-chan struct{}) error {
	for _, m := range w {
		if err := m.in.progress.await(m.end, stop); err != nil {
			return err
		}
	}
	return nil
}
