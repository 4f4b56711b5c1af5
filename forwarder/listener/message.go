package listener

import (
	"bytes"
	"os"
	"sync/atomic"
	"time"

	"httpd-syslog/forwarder/syslogfmt"
	"httpd-syslog/forwarder/syslogfmt/sdata"
	"httpd-syslog/forwarder/syslogparse"
)

// Message is a syslog message. What it does not have is empty.
type Message struct {
	Facility syslogfmt.Facility
	Severity syslogfmt.Severity
	Received time.Time
	Time     time.Time // its own; zero: none
	Host     []byte    // its own, or its sender's address; empty where it is of this machine
	Tag      []byte
	ProcID   []byte
	MsgID    []byte
	Data     []byte // structured data as RFC 5424 writes it, without the element "meta"
	Text     []byte // without LF, CR LF and NUL at its end; can hold any bytes
	Lost     int    // bytes that were cut off its end; -1: not known how many
}

// Reason says why a message was refused.
type Reason string

const (
	Taken     Reason = ""          // it was not
	Facility  Reason = "facility"  // no stream has it
	Malformed Reason = "malformed" // it has no PRI, and no stream has user.notice
	Full      Reason = "full"      // there is no room in memory
)

var reasons = [...]Reason{Facility, Malformed, Full}

// Sink takes messages over. Its methods are called from several goroutines.
type Sink interface {
	// Take takes a message, or says why not. The message and what it points to are
	// valid until Take returns. It must not wait for a disk without need: meanwhile
	// the senders wait, and what they send over UDP is lost.
	Take(m *Message) Reason
	// Flush is called when there is nothing more to take for now.
	Flush()
}

// taker takes the messages of one socket or connection.
type taker struct {
	sink    Sink
	counts  *counts
	parser  *syslogparse.Parser
	host    *atomic.Pointer[string] // ours as SetHost has it; nil: it does not matter on a network
	network bool
	first   *firstLine // nil: there are no second lines, each message is a datagram

	parsed syslogparse.Message
	m      Message
	data   []byte // scratch
}

func (l *Listener) newTaker(sink Sink) *taker {
	t := &taker{sink: sink, counts: &l.counts, network: !l.o.Address.isUnix()}
	if t.network {
		t.parser = syslogparse.NewParser()
	} else {
		system, _ := os.Hostname() // it writes that before its messages, whatever the configuration calls it
		t.parser, t.host = syslogparse.NewLocalParser(l.o.Host, system), &l.host
	}
	if l.o.Address.isStream() {
		t.first = new(firstLine)
	}
	return t
}

// take gives a message to the sink. peer is the sender's address, on a network;
// lost is as in Message.
func (t *taker) take(raw, peer []byte, lost int, now time.Time) {
	if lost == 0 {
		raw = trimEnd(raw)
	}
	if len(raw) == 0 {
		t.counts.refuse(Malformed)
		return
	}
	if t.first.isFollowedBy(raw) {
		t.takeSecond(raw, lost, now)
		return
	}
	if t.host != nil {
		if host := t.host.Load(); host != nil {
			t.parser.SetHost(*host)
		}
	}
	whole, hasPRI := t.parser.Take(&t.parsed, raw, now)
	p := &t.parsed
	t.m = Message{
		Facility: p.Facility, Severity: p.Severity, Received: now, Time: p.Time,
		Tag: p.Tag, ProcID: p.ProcID, MsgID: p.MsgID, Data: t.withoutMeta(p.Data), Text: p.Text, Lost: lost,
	}
	if t.network {
		t.m.Host = p.Host
		if p.Host == nil {
			t.m.Host = peer
		}
	}
	if hasPRI {
		t.first.keep(&t.m)
	}
	reason := t.sink.Take(&t.m)
	if reason == Facility && !hasPRI {
		reason = Malformed
		t.counts.sample(raw)
	}
	t.counts.count(reason, whole, lost)
}

// takeSecond gives a second line to the sink, with all that the first said of itself.
func (t *taker) takeSecond(raw []byte, lost int, now time.Time) {
	t.m = t.first.m
	t.m.Received, t.m.Text, t.m.Lost = now, raw, lost
	reason := t.sink.Take(&t.m)
	t.counts.count(reason, true, lost)
	if reason == Taken {
		t.counts.continued.Add(1)
	}
}

// trimEnd cuts off what ends a message besides its framing: LF, CR LF and NUL.
func trimEnd(b []byte) []byte {
	text := bytes.TrimRight(b, "\n\x00")
	if len(text) < len(b) && b[len(text)] == '\n' {
		text = bytes.TrimSuffix(text, []byte{'\r'})
	}
	return text
}

// firstLine is the message that a connection brought last. Where the text of a message has
// line feeds, and they end the frames, what follows without a PRI is of that message too.
type firstLine struct {
	m    Message // without structured data and text
	held []byte  // what m points to
	any  bool
}

// keep remembers what m says of itself.
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

// isFollowedBy reports whether a frame is a second line. One that begins as a counted frame
// does is nobody's: it may be a whole message of somebody else, and is taken by itself.
func (f *firstLine) isFollowedBy(raw []byte) bool {
	return f != nil && f.any && !syslogparse.BeginsWithNumber(raw) && !syslogfmt.LooksCounted(raw)
}

var meta = []byte("meta")

// withoutMeta leaves out the element that says where the message stood with its
// sender: its number is not ours.
func (t *taker) withoutMeta(data []byte) []byte {
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
