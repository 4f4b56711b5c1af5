package listener

import (
	"bytes"
	"time"

	"httpd-syslog/forwarder/syslogfmt"
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
	Data     []byte // structured data as RFC 5424 writes it, without the element "meta"
	Text     []byte // without LF and NUL at its end; can hold any bytes
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
	network bool

	parsed syslogparse.Message
	m      Message
	data   []byte // scratch
}

func (l *Listener) newTaker(sink Sink) *taker {
	t := &taker{sink: sink, counts: &l.counts, network: !l.o.Address.isUnix()}
	if t.network {
		t.parser = syslogparse.NewParser()
	} else {
		t.parser = syslogparse.NewLocalParser(l.o.Host)
	}
	return t
}

// take gives a message to the sink. peer is the sender's address, on a network;
// lost is as in Message.
func (t *taker) take(raw, peer []byte, lost int, now time.Time) {
	if lost == 0 {
		raw = bytes.TrimRight(raw, "\n\x00")
	}
	if len(raw) == 0 {
		t.counts.refuse(Malformed)
		return
	}
	whole, hasPRI := true, true
	if t.parser.Parse(&t.parsed, raw, now) != nil {
		whole, hasPRI = false, t.parser.Salvage(&t.parsed, raw)
	}
	p := &t.parsed
	t.m = Message{
		Facility: p.Facility, Severity: p.Severity, Received: now, Time: p.Time,
		Tag: p.Tag, ProcID: p.ProcID, Data: t.withoutMeta(p.Data), Text: p.Text, Lost: lost,
	}
	if t.network {
		t.m.Host = p.Host
		if p.Host == nil {
			t.m.Host = peer
		}
	}
	reason := t.sink.Take(&t.m)
	if reason == Facility && !hasPRI {
		reason = Malformed
	}
	t.counts.count(reason, whole, lost)
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
		id, element, rest := syslogfmt.Element(data)
		if !bytes.Equal(id, meta) {
			t.data = append(t.data, element...)
		}
		data = rest
	}
	return t.data
}
