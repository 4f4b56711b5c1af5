package collector

import (
	"cmp"
	"errors"
	"time"

	"httpd-syslog/forwarder/collector/sealing"
	"httpd-syslog/forwarder/cursor"
	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/seal"
	"httpd-syslog/forwarder/status"
)

// seals is when what the files have got is sealed.
type seals struct {
	sealer *sealing.Sealer
	more   bool      // the seal that is being made is not of all that there was when it was begun
	at     time.Time // that was
	moved  bool      // the files have another directory than the record says, and that is told
	begun  bool      // the lists were looked at
	mayBe  bool      // all that is in the files is recorded
	since  time.Time // from when on the next seal waits for its time; zero: nothing is to be sealed
	oldest time.Time // when the status first had something that is not sealed; zero: all is
}

// mostSealed is how many bytes a seal is of. More is sealed with the next record.
const mostSealed = 256 << 20

// recall takes over what the record has. In another directory than the record's lists begin anew.
func (s *seals) recall(c *Collector, was *cursor.Collected) {
	s.begun, s.moved, s.mayBe, s.since, s.oldest = false, false, false, time.Time{}, time.Time{}
	if o := sealingOptions(c, c.o.Dir); was.Dir == c.o.Dir {
		s.sealer = sealing.New(o, was.Seals)
	} else {
		s.sealer = sealing.Anew(o)
	}
}

func sealingOptions(c *Collector, dir string) sealing.Options {
	return sealing.Options{
		Dir: dir, Mode: c.o.Mode, Sync: c.o.Sync, Tell: func(e event.Event) { c.Events.Tell(e) }, Other: func(name string) { c.set.Replaced(name) },
		TellNow: func(e event.Event) bool { _, written := c.Events.TellNow(e); return written },
	}
}

// errUntold: an event without which nothing is begun.
var errUntold = errors.New("the event that the files have another directory cannot be written")

// move tells that the files have another directory than the record says, behind the seals of the former one.
func (c *Collector) move(was *cursor.Collected) error {
	s := &c.state.seals
	if s.moved || was.Dir == c.o.Dir {
		return nil
	}
	last := sealing.Leave(sealingOptions(c, was.Dir), was.Seals)
	e := event.CollectMoved.With("dir", c.o.Dir, "was", was.Dir, "n", last.N, "chain", cmp.Or(last.ID, "none"))
	if _, s.moved = c.Events.TellNow(e); !s.moved {
		return errUntold
	}
	return nil
}

// beginSeals takes over what a process before has left in the lists, and tells its last seals again. It returns up to
// where files are sealed by these.
func (c *Collector) beginSeals() (sealed map[string]int64) {
	s := &c.state.seals
	if c.o.Seal == 0 {
		return nil
	}
	sealed = make(map[string]int64)
	err := s.sealer.Begin(func(p *seal.Piece) { sealed[p.Path] = max(sealed[p.Path], p.To) })
	if s.begun = err == nil; s.begun {
		err = s.sealer.Tell()
	}
	c.Events.Trouble(&event.CollectUnsealed, "", err)
	return sealed
}

// isOlder reports whether files have more in seals, or packed, than the record says that they have. Only what is
// recorded is sealed: where records survive a power failure, it is an older one, as after a restore from a backup. Its
// spool does not have what the files have more.
func (c *Collector) isOlder(was *cursor.Collected, sealed map[string]int64) bool {
	if c.set.FindPacked(was) && c.o.Sync && was.Dir == c.o.Dir {
		return true
	}
	for name, to := range sealed {
		if f, is := was.Files[name]; is && f.Size < to && c.o.Sync && was.Dir == c.o.Dir {
			return true
		}
	}
	return false
}

// sealDue begins a seal of what is recorded, if that is due. Lines do not wait for a seal that cannot be made.
func (c *Collector) sealDue(now time.Time) {
	s := &c.state.seals
	if c.o.Seal == 0 || s.sealer.Reads() {
		return
	}
	if s.since.IsZero() && c.set.Grown() {
		s.since = now
	}
	if s.since.IsZero() || now.Sub(s.since) < c.o.Seal {
		return
	}
	if !s.begun {
		for name, to := range c.beginSeals() {
			c.set.Sealed(name, to)
		}
		if !s.begun {
			return
		}
	}
	if err := c.beginSeal(); err != nil || !s.sealer.Reads() {
		c.sealEnds(err)
	}
}

// beginSeal begins a seal of what is recorded.
func (c *Collector) beginSeal() error {
	s := &c.state.seals
	pieces, more := c.set.ToSeal(mostSealed)
	s.more, s.at, s.since = more, time.Now(), time.Time{}
	return s.sealer.Take(pieces)
}

// sealSome goes on with the seal that was begun, if one was: it reads a part of what is to be sealed, so that messages
// do not wait for all of it. It is called where no message waits to be written.
func (c *Collector) sealSome() {
	s := &c.state.seals
	if !s.sealer.Reads() {
		return
	}
	c.at = target{} // its file may be let go
	if s.sealer.Read(c.set.IsStill); !s.sealer.Reads() {
		c.sealEnds(c.endSeal())
	}
}

// endSeal seals what was read.
func (c *Collector) endSeal() error {
	done, err := c.state.seals.sealer.Seal(c.state.day)
	c.set.TakeSealed(done)
	c.state.dirty = c.state.dirty || len(done) > 0
	return err
}

// sealEnds takes it that a seal is made, or, with an error, that not all of it is.
func (c *Collector) sealEnds(err error) {
	s := &c.state.seals
	c.Events.Trouble(&event.CollectUnsealed, "", err)
	switch {
	case err != nil:
		c.set.NotSealed()
	case s.more:
		s.since = time.Now().Add(-c.o.Seal) // the others are next
	case c.set.Grown():
		s.oldest = s.at // what was there before is sealed
	default:
		s.oldest = time.Time{}
	}
}

// sealsNow is how far the seals are; nil: none are made.
func (c *Collector) sealsNow(now time.Time) *status.CollectSeals {
	s := &c.state.seals
	if c.o.Seal == 0 {
		return nil
	}
	last := s.sealer.Last()
	all := &status.CollectSeals{Chain: last.Chain.ID, N: last.Chain.N, At: last.At, Every: c.o.Seal}
	if all.Files, all.Bytes = c.set.Unsealed(); all.Files == 0 {
		s.oldest = time.Time{}
	} else if s.oldest.IsZero() {
		s.oldest = now
	}
	all.Since = s.oldest
	return all
}
