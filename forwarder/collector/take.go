package collector

import (
	"bytes"
	"time"

	"httpd-syslog/forwarder/collector/files"
	"httpd-syslog/forwarder/collector/numbers"
	"httpd-syslog/forwarder/collector/place"
	"httpd-syslog/forwarder/spool/frame"
	"httpd-syslog/forwarder/verify/central"
)

// target is where the last line went: most lines have the sender and the header of the line before.
type target struct {
	sender *numbers.Sender // nil: look for it
	file   *files.File
	day    place.Day
}

// takeRest takes the messages of the current frame that are not taken yet.
func (c *Collector) takeRest() error {
	f := c.current
	for {
		m, rest, ok := frame.CutMessage(c.rest)
		if !ok {
			return nil
		}
		c.renderer.Render(m, &c.from, f.Time)
		if len(m.Bytes) == 0 || c.renderer.IsPart(m) || c.isBack() {
			c.at = target{} // the next line may have this one's header
		} else if err := c.take(f.Time, len(rest) == 0); err != nil {
			return err
		}
		c.rest = rest
	}
}

// take puts the line that was rendered into its file, unless it is there. last: it is the last one of its
// frame.
func (c *Collector) take(received time.Time, last bool) error {
	m := c.renderer
	day := max(place.DayOf(received), c.state.day)
	if m.Fresh || c.at.sender == nil || c.at.day != day {
		s := c.senderOf(m.Host)
		c.at = target{s, c.fileOf(s, day), day}
	}
	s, file := c.at.sender, c.at.file
	if m.Form != central.Numbered {
		c.set.Add(file, m.Line)
		c.heard(s, 0, received, last)
		return nil
	}
	row := numbers.Row(m.Row)
	switch s.Peek(row, m.Number) {
	case numbers.Known:
		has, err := c.set.Has([]string{file.Name, c.pathOn(s, day-1)}, day, m.Row, m.Number, m.Line)
		switch {
		case err != nil:
			return err
		case has:
			s.Repeats(row.Writer, received)
			return nil
		}
		s.Alters(row, m.Number)
	case numbers.Uncounted:
		s.CountUncounted()
	}
	verdict := s.Take(row, m.Number, received)
	if verdict == numbers.Uncounted { // nobody will ask for it
		c.set.Add(file, m.Line)
	} else {
		c.set.AddNumbered(file, m.Row, m.Number, m.Line)
	}
	c.heard(s, row.Writer, received, last)
	if m.Row.Audit && verdict == numbers.Fresh {
		c.told(s, received)
	}
	return nil
}

// heard notes a message of a writer that was kept; 0: it has none. The delay is that of the last one of a frame.
func (c *Collector) heard(s *numbers.Sender, writer uint64, received time.Time, last bool) {
	delay := s.Delay()
	if last {
		if at := c.renderer.Time(); !at.IsZero() {
			delay = received.Sub(at)
		}
	}
	s.Heard(writer, received, delay)
}

// fileOf is the file of the rendered line on a day.
func (c *Collector) fileOf(s *numbers.Sender, day place.Day) *files.File {
	m := c.renderer
	c.place = place.Place{Sender: s.Name, Host: nilValue(m.Host), MsgID: nilValue(m.Stream), Day: day}
	c.path = c.place.Append(c.path[:0], &c.o.File)
	if f := c.set.Find(c.path); f != nil {
		return f
	}
	if !c.fresh.take(s, c.set.Names()) {
		c.fresh.tell(&news{c}, s)
		c.place.Rest = true
		c.path = c.place.Append(c.path[:0], &c.o.File)
	}
	return c.set.Get(c.path, day)
}

// pathOn is the path of the rendered line on another day.
func (c *Collector) pathOn(s *numbers.Sender, day place.Day) string {
	c.place.Day = day
	return string(c.place.Append(nil, &c.o.File))
}

var nothing = []byte("-")

// nilValue is a field of a header, or nothing where it has none.
func nilValue(b []byte) []byte {
	if bytes.Equal(b, nothing) {
		return nil
	}
	return b
}
