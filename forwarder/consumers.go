package forwarder

import (
	"iter"
	"slices"

	"httpd-syslog/forwarder/consumer"
	"httpd-syslog/forwarder/cursor"
	"httpd-syslog/forwarder/spool"
)

// member is a consumer of a deliverer.
type member struct {
	*consumer.Consumer
	settings settings // what it was made of
	reloaded func()   // called at a reload over which the consumer goes on; nil: it does not matter to it
}

// consumers are the consumers of a deliverer. A consumers value never changes: a reload makes
// another one. The zero value has none.
type consumers struct {
	local     *member
	relays    []*member
	collector *member // nil: nothing is collected
}

// all are the consumers, the local log first.
func (c *consumers) all() iter.Seq[*member] {
	return func(yield func(*member) bool) {
		if c.local != nil && !yield(c.local) {
			return
		}
		for _, m := range c.relays {
			if !yield(m) {
				return
			}
		}
		if c.collector != nil {
			yield(c.collector)
		}
	}
}

// of are the consumers that a file of the spool is for: messages are for the collector, and for relays that
// send them on, and wait where there is no collector.
func (c *consumers) of(f *spool.File) iter.Seq[*member] {
	messages := f.HasMessages()
	return func(yield func(*member) bool) {
		for m := range c.all() {
			takes := m != c.collector
			if messages {
				takes = m == c.collector || m.settings.relay.Whole
			}
			if takes && !yield(m) {
				return
			}
		}
	}
}

// kept reports whether the files that people read have what a file of the spool holds: those of the local
// log, or the collector's.
func (c *consumers) kept(f *spool.File, size int64) bool {
	if f.HasMessages() {
		return c.collector != nil && c.collector.Passed(f, size)
	}
	return c.local.Passed(f, size)
}

// waits reports whether the file is for a collector, and there is none.
func (c *consumers) waits(f *spool.File) bool { return c.collector == nil && f.HasMessages() }

// find is the consumer whose cursor has that name; nil: there is none.
func (c *consumers) find(name string) *member {
	for m := range c.all() {
		if m.Name() == name {
			return m
		}
	}
	return nil
}

// havePassed reports whether no consumer needs a file of that size any more.
func (c *consumers) havePassed(f *spool.File, size int64) bool {
	for m := range c.of(f) {
		if !m.Passed(f, size) {
			return false
		}
	}
	return !c.waits(f)
}

// lag reports whether any consumer has not accepted the file's bytes up to size.
func (c *consumers) lag(f *spool.File, size int64) bool {
	for m := range c.of(f) {
		if m.Lags(f, size) {
			return true
		}
	}
	return c.waits(f)
}

// secure makes certain that after a power failure no consumer's record is older than its position
// that havePassed goes by.
func (c *consumers) secure() error {
	for m := range c.all() {
		if err := m.Secure(); err != nil {
			return err
		}
	}
	return nil
}

// areAtEnd reports whether no consumer has anything left to do, for now.
func (c *consumers) areAtEnd() bool {
	for m := range c.all() {
		if !m.AtEnd() {
			return false
		}
	}
	return true
}

// askToGiveUp asks the relays that lag to pass over a file.
func (c *consumers) askToGiveUp(f *spool.File, size int64) {
	for m := range c.of(f) {
		if slices.Contains(c.relays, m) && m.Lags(f, size) {
			m.AskToGiveUp(f)
		}
	}
}

// relaysHave reports whether there are relays and each has accepted what the span
// ends with.
func (c *consumers) relaysHave(s *cursor.Span) bool {
	for _, m := range c.relays {
		if !m.Has(s) {
			return false
		}
	}
	return len(c.relays) > 0
}
