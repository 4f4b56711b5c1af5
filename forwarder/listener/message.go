package listener

import (
	"bytes"
	"errors"
	"os"
	"sync/atomic"
	"time"

	"httpd-syslog/forwarder/syslogfmt"
	"httpd-syslog/forwarder/syslogfmt/sdata"
	"httpd-syslog/forwarder/syslogparse"
)

// Message is a syslog message. A field that the message does not have is empty.
type Message struct {
	Facility syslogfmt.Facility
	Severity syslogfmt.Severity
	Received time.Time
	Time     time.Time // the message's own; zero: it has none
	Host     []byte    // the message's own, or its sender's address; empty for messages of this machine
	Tag      []byte
	ProcID   []byte
	MsgID    []byte
	Data     []byte // structured data as RFC 5424 writes it, without the element "meta"
	Text     []byte // without LF, CR LF and NUL at its end; can hold any bytes
	Lost     int    // bytes that were cut off its end; -1: not known how many
	From     *Sender
}

// Reason says why a message was refused.
type Reason string

const (
	Taken     Reason = ""          // the message was not refused
	Facility  Reason = "facility"  // no stream has the message's facility
	Malformed Reason = "malformed" // the message has no PRI, and no stream has user.notice
	Full      Reason = "full"      // there is no room in memory
)

var reasons = [...]Reason{Facility, Malformed, Full}

// Sink takes messages over, through a Taker for each connection and for each socket of datagrams.
type Sink interface {
	// Open is called from several goroutines. The sender is valid until the Taker is not used any
	// more; that of datagrams changes with each.
	Open(from *Sender) Taker
}

// Taker takes the messages of one connection over, or those of one socket of datagrams. Its methods
// are for one goroutine.
type Taker interface {
	// Take takes a message over, or says why not. The message and the bytes that it points
	// to are valid until Take returns. Take must not wait for a disk without need: meanwhile
	// the senders wait, and messages that they send over UDP are lost.
	Take(m *Message) Reason
	// Flush is called when no more messages are to be had for now.
	Flush()
}

// feed parses the messages of one socket or connection, and gives them to the sink.
type feed struct {
	to      Taker
	counts  *counts
	parser  *syslogparse.Parser
	host    *atomic.Pointer[string] // Listener.host; nil: the socket is one of a network, where this host's name does not matter
	network bool
	first   *firstLine // nil: each message stands alone, so that there are no second lines

	parsed syslogparse.Message
	m      Message
	data   []byte // scratch
	peer   []byte // scratch
}

func (l *Listener) newFeed(to Taker) *feed {
	t := &feed{to: to, counts: &l.counts, network: !l.o.Address.IsUnix()}
	if t.network {
		t.parser = syslogparse.NewParser()
	} else {
		system, _ := os.Hostname() // programs write this name, whatever the configuration calls the machine
		t.parser, t.host = syslogparse.NewLocalParser(l.o.Host, system), &l.host
	}
	if l.o.Address.IsStream() && !l.o.Address.IsRELP() {
		t.first = new(firstLine)
	}
	return t
}

// Flush flushes the sink.
func (t *feed) Flush() { t.to.Flush() }

// Written is the sink's.
func (t *feed) Written() Written {
	if a, ok := t.to.(acknowledger); ok {
		return a.Written()
	}
	return nil
}

// Close flushes the sink.
func (t *feed) Close(error) { t.to.Flush() }

// Take gives a message to the sink, and counts it.
func (t *feed) Take(raw *Raw) error {
	b := raw.Bytes
	if raw.Lost == 0 {
		b = trimEnd(b)
	}
	switch {
	case len(b) == 0:
		t.counts.refuse(Malformed)
	case t.first.isFollowedBy(b):
		return t.giveSecond(b, raw)
	default:
		return t.give(b, raw)
	}
	return nil
}

// taken counts a message, or why it was not taken. A sender that will repeat it may not be told that it
// was, where there was no room for it.
func (t *feed) taken(reason Reason, whole bool, raw *Raw) error {
	if reason == Full && raw.From.Repeats {
		return errFull
	}
	t.counts.count(reason, whole, raw.Lost)
	return nil
}

var errFull = errors.New("there is no room for the message")

// give gives a message to the sink that stands in b.
func (t *feed) give(b []byte, raw *Raw) error {
	if t.host != nil {
		if host := t.host.Load(); host != nil {
			t.parser.SetHost(*host)
		}
	}
	whole, hasPRI := t.parser.ParseOrSalvage(&t.parsed, b, raw.Received)
	p := &t.parsed
	t.m = Message{
		Facility: p.Facility, Severity: p.Severity, Received: raw.Received, Time: p.Time,
		Tag: p.Tag, ProcID: p.ProcID, MsgID: p.MsgID, Data: t.withoutMeta(p.Data), Text: p.Text, Lost: raw.Lost, From: raw.From,
	}
	if t.network {
		t.m.Host = p.Host
		if p.Host == nil {
			t.peer = raw.From.Addr.Addr().Unmap().AppendTo(t.peer[:0])
			t.m.Host = t.peer
		}
	}
	if hasPRI {
		t.first.keep(&t.m)
	}
	reason := t.to.Take(&t.m)
	if reason == Facility && !hasPRI {
		reason = Malformed
		t.counts.sample(b)
	}
	return t.taken(reason, whole, raw)
}

// giveSecond gives a second line to the sink as a message with the header of the first line.
func (t *feed) giveSecond(b []byte, raw *Raw) error {
	t.m = t.first.m
	t.m.Received, t.m.Text, t.m.Lost = raw.Received, b, raw.Lost
	reason := t.to.Take(&t.m)
	if reason == Taken {
		t.counts.continued.Add(1)
	}
	return t.taken(reason, true, raw)
}

// trimEnd cuts LF, CR LF and NUL off the end of a message: senders write them besides the
// framing.
func trimEnd(b []byte) []byte {
	text := bytes.TrimRight(b, "\n\x00")
	if len(text) < len(b) && b[len(text)] == '\n' {
		text = bytes.TrimSuffix(text, []byte{'\r'})
	}
	return text
}

// firstLine is the last message of a connection that had a PRI. Where line feeds end the frames
// and a message has line feeds in its text, the frames without a PRI that follow are of the
// same message.
type firstLine struct {
	m    Message // without structured data and text
	held []byte  // the bytes that m points to
	any  bool
}

// keep remembers the header of m, and copies what it needs of it.
func (f *firstLine) keep(m *Message) {
	if f == nil {
		return
	}
	f.any, f.m, f.held = true, *m, f.held[:0]
	f.m.Data, f.m.Text = nil, nil
	fields := [...]*[]byte{&f.m.Host, &f.m.Tag, &f.m.ProcID, &f.m.MsgID}
	for _, field := range fields {
		f.held = append(f.held, *field...)
	}
	at := 0
	for _, field := range fields {
		n := len(*field)
		*field = f.held[at : at+n : at+n]
		at += n
	}
}

// isFollowedBy reports whether a frame is a second line of the message. A frame that begins as
// a counted one does may be a whole message of another program, and is none.
func (f *firstLine) isFollowedBy(raw []byte) bool {
	return f != nil && f.any && !syslogparse.BeginsWithNumber(raw) && !syslogfmt.LooksCounted(raw)
}

var meta = []byte("meta")

// withoutMeta leaves out the element meta, whose sequenceId counts the sender's messages: on the
// wire it counts ours.
func (t *feed) withoutMeta(data []byte) []byte {
	if !bytes.Contains(data, meta) {
		return data
	}
	t.data = t.data[:0]
	for len(data) > 0 {
		id, element, rest := sdata.Element(data)
		if !bytes.Equal(id, meta) {
			t.data = append(t.data, element...)
		}
		data = rest
	}
	return t.data
}
