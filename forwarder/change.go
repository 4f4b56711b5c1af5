package forwarder

import (
	"errors"
	"os"
	"slices"

	"httpd-syslog/forwarder/cursor"
	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/record"
	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/spool/frame"
	"httpd-syslog/forwarder/statedir"
)

// change is what taking over a changed configuration has done.
type change struct {
	added, removed []string
	before         []event.Range      // what added ones do not get
	givenUp        map[string]givenUp // by removed relay
	logDir         string             // the former one, if that has changed
	unrecorded     error              // why the set could not be recorded; nil: it is
}

// adopt makes the state directory belong to the set: a relay that is new begins
// at the present end of the spool, a relay that is gone gives up its lines. The
// first set of a state directory gets everything that is in the spool. Where the record of the
// set cannot be written adopt takes the set over all the same, and returns the reason in the
// change: a disk that is full of spool has no room for a record before something is delivered.
func adopt(s *statedir.ConsumerSet, stateDir statedir.Dir, sync bool) (change, error) {
	var ch change
	have, err := stateDir.CompareConsumers(s)
	if err != nil {
		return ch, err
	}
	err = os.MkdirAll(stateDir.Cursors(), 0o750)
	if have == nil {
		ch.unrecorded = errors.Join(err, s.Record(stateDir, sync))
		return ch, nil
	}
	if err != nil {
		return ch, err
	}
	if have.Same(s) && have.Config == s.Config && have.Digest == s.Digest && slices.Equal(have.Whole, s.Whole) {
		return ch, nil // nothing to write: on a failing disk, too, the lines must be delivered
	}
	if have.LogDir != s.LogDir {
		ch.logDir = have.LogDir
	}
	catalog := spool.NewCatalog(stateDir.Spool())
	if err := catalog.Refresh(); err != nil {
		return ch, err
	}
	for _, name := range s.Relays {
		if slices.Contains(have.Relays, name) {
			continue
		}
		now := catalog.Ends()
		if ch.added = append(ch.added, name); ch.before == nil {
			ch.before = given(catalog, now)
		}
		c := cursor.Record{Accepted: now, Safe: now, Clean: true}
		if err := record.Write(stateDir.Cursor(statedir.RelayCursor(name)), c, sync); err != nil {
			return ch, err
		}
	}
	ch.unrecorded = s.Record(stateDir, sync)
	ch.givenUp = make(map[string]givenUp)
	for _, name := range have.Relays {
		if !slices.Contains(s.Relays, name) {
			ch.removed = append(ch.removed, name)
			ch.givenUp[name] = giveUp(stateDir, catalog, name, slices.Contains(have.Whole, name))
		}
	}
	return ch, nil
}

// given are the numbers that the writers in the spool have given up to a position. What is not in the spool
// any more is among them.
func given(catalog *spool.Catalog, to spool.Positions) (all []event.Range) {
	for _, f := range catalog.Files() {
		if f.HasMessages() {
			continue // the collector's
		}
		var last [2]uint64                                  // of lines and of events
		_ = f.Frames(0, func(end int64, head []byte) bool { // what can be read
			_, n, isEvent := frame.Numbers(head)
			if end > to[f.ID].Offset {
				return false
			}
			class := 0
			if isEvent {
				class = 1
			}
			last[class] = max(last[class], n)
			return true
		})
		for class, n := range last {
			all = upTo(all, event.Range{Writer: f.ID.Writer.ProcID(), First: 1, Last: n, Audit: class == 1})
		}
	}
	return all
}

// upTo adds a range from 1 on, or makes that of its row longer.
func upTo(all []event.Range, r event.Range) []event.Range {
	for i := range all {
		if all[i].Writer == r.Writer && all[i].Audit == r.Audit {
			all[i].Last = max(all[i].Last, r.Last)
			return all
		}
	}
	if r.Last == 0 {
		return all
	}
	return append(all, r)
}

// givenUp is what a relay had not delivered when it was removed.
type givenUp struct {
	lines    uint64
	messages uint64 // that are collected
	ranges   []event.Range
}

// giveUp removes a relay's cursor, and returns what the relay had not delivered yet; whole says whether it was
// to send on what is collected.
func giveUp(stateDir statedir.Dir, catalog *spool.Catalog, relay string, whole bool) (left givenUp) {
	path := stateDir.Cursor(statedir.RelayCursor(relay))
	c, err := cursor.Read(path)
	if err != nil {
		return left
	}
	_ = os.Remove(record.Before(path))
	_ = os.Remove(path) // a record that stays is replaced when the relay comes back
	for _, f := range catalog.Files() {
		if f.HasMessages() {
			if whole { // their numbers are those of other hosts
				messages, _ := f.Numbers(c.Accepted[f.ID], func(uint64, uint64, bool) {})
				left.messages += messages
			}
			continue
		}
		lines, _ := f.Numbers(c.Accepted[f.ID], func(first, last uint64, isEvent bool) {
			left.ranges = event.AddRange(left.ranges, event.Range{Writer: f.ID.Writer.ProcID(), First: first, Last: last, Audit: isEvent})
		})
		left.lines += lines
	}
	return left
}

func (d *deliverer) tellChange(c change) {
	d.unrecorded = c.unrecorded
	d.events.Trouble(&event.ConsumersUnrecorded, "", c.unrecorded)
	if c.logDir != "" {
		d.events.Tell(event.ConfigLogDir.With("now", d.o.Log.Dir, "was", c.logDir))
	}
	for _, name := range c.added {
		e := event.ConfigRelayAdded.With("relay", name)
		e.Ranges = c.before
		d.events.Tell(e)
	}
	for _, name := range c.removed {
		e := event.ConfigRelayRemoved.With("relay", name, "lines", c.givenUp[name].lines, "messages", c.givenUp[name].messages)
		e.Ranges = c.givenUp[name].ranges
		if in := d.events.Opened(&event.RelayDown, name); in != nil {
			e.Incident = in.ID
		}
		d.events.Tell(e)
		d.events.Forget(&event.RelayDown, name)
		d.events.Forget(&event.RelayUnrecorded, name)
	}
	d.tellUncollected()
}

// tellUncollected tells which relays get nothing of what is collected.
func (d *deliverer) tellUncollected() {
	for i := range d.o.Relays {
		if r := &d.o.Relays[i]; d.o.Collect != nil && !r.Whole {
			d.events.Tell(event.ConfigRelayUncollected.With("relay", r.Name))
		}
	}
}

// recordConsumers writes the record of the consumers if that failed when they were taken over:
// delivery may have freed the disk since.
func (d *deliverer) recordConsumers() {
	if d.unrecorded != nil {
		d.unrecorded = d.o.Set.Record(d.o.StateDir, d.o.Sync > 0)
		d.events.Trouble(&event.ConsumersUnrecorded, "", d.unrecorded)
	}
}
