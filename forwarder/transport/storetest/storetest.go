// Package storetest holds every kind of store to what transport.Store promises.
package storetest

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"

	"httpd-syslog/forwarder/syslogfmt"
	"httpd-syslog/forwarder/transport"
)

// Peer is a store that a test has for itself.
type Peer struct {
	// Transport makes one to the store, for a series.
	Transport func(t *testing.T, series transport.Series) transport.Transport
	// Entries reads what the store has of a series, the oldest entry first, on another way than
	// a session's.
	Entries func(t *testing.T, series transport.Series) []Entry
	// MaxMessage is the longest message that Transport was made for.
	MaxMessage int

	// Stop has the store answer nobody until Continue, with its connections standing. nil: it cannot.
	Stop, Continue func(t *testing.T)
	// Kill ends the store as kill -9 does, and Start starts it again with what it has on its disk. nil: it cannot.
	Kill, Start func(t *testing.T)

	first int // of its series
}

// Entry is what one Append has made.
type Entry struct {
	Mark     []byte
	Messages [][]byte // without framing
}

// Run runs the contract against stores that newPeer makes: one for each test. A test may run beside others.
func Run(t *testing.T, newPeer func(t *testing.T) Peer) {
	for _, c := range contract {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := newPeer(t)
			p.first = int(peers.Add(seriesOfPeer))
			c.test(t, p)
		})
	}
}

var contract = []struct {
	name string
	test func(t *testing.T, p Peer)
}{
	{"a series that is not there has no mark, and an Append of nothing makes no entry", nothing},
	{"what is appended is there whole and in order, with its mark, and is accepted", appended},
	{"the next session knows the last entry and goes on behind it", goesOn},
	{"what is not appended is lost, and Close says so", notAppended},
	{"of two sessions the second one's entry stands, and the first is overtaken", overtaken},
	{"two series know nothing of each other", twoSeries},
	{"of many sessions that append at the same time one wins", race},
	{"as much as is given before IsFull, and the longest mark, make one entry", largest},
	{"a mark may have any printable character", printable},
	{"one who has no time is not waited for", noTime},
	{"a store that does not answer is waited for, until there is a reason not to", silent},
	{"an entry whose answer was lost is there or is not, and the next session knows", lostAnswer},
	{"what was acknowledged is there after the store was killed", killed},
	{"nobody there", nobody},
}

// Series is one for a test. The contract has those above 9.
func Series(number int) transport.Series {
	return transport.Series{Host: "web1.example.org", ID: fmt.Sprintf("%032x", 0xabc0+number)}
}

// series is one of a peer, which no other has: what a process knows of one it knows by its ID.
func (p *Peer) series(number int) transport.Series { return Series(p.first + number) }

var peers atomic.Int64

const seriesOfPeer = 10

// NoWait is for a store that answers.
func NoWait() error { return nil }

// Dial begins a session to a series, which the end of the test abandons.
func Dial(t *testing.T, p Peer, series transport.Series) transport.Store {
	t.Helper()
	s, err := dial(t, p, series)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func dial(t *testing.T, p Peer, series transport.Series) (transport.Store, error) {
	session, err := p.Transport(t, series).Dial(t.Context())
	if err != nil {
		return nil, err
	}
	t.Cleanup(func() { transport.Abandon(session) })
	return session.(transport.Store), nil
}

// Messages are numbered ones.
func Messages(from, to int) (texts [][]byte) {
	for i := from; i < to; i++ {
		texts = append(texts, fmt.Appendf(nil, "<141>1 2026-07-01T12:00:00.000000+00:00 web1 httpd 1-%016x access [meta sequenceId=\"%d\"] message %d", 7, i+1, i))
	}
	return texts
}

// Send sends messages framed as the session wants them.
func Send(t *testing.T, s transport.Store, texts [][]byte) (bytes int) {
	t.Helper()
	batch, ends := framed(s.Framing(), texts)
	if err := s.Send(batch, ends, NoWait); err != nil {
		t.Fatal(err)
	}
	return len(batch)
}

func framed(framing syslogfmt.Framing, texts [][]byte) (batch []byte, ends []int) {
	for _, text := range texts {
		switch framing {
		case syslogfmt.OctetCounting:
			batch = fmt.Appendf(batch, "%d %s", len(text), text)
		case syslogfmt.LF:
			batch = fmt.Appendf(batch, "%s\n", text)
		default:
			batch = append(batch, text...)
		}
		ends = append(ends, len(batch))
	}
	return batch, ends
}

// Append makes an entry of messages.
func Append(t *testing.T, s transport.Store, mark string, texts [][]byte) (bytes int) {
	t.Helper()
	bytes = Send(t, s, texts)
	if err := s.Append([]byte(mark), NoWait); err != nil {
		t.Fatalf("append %q: %v", mark, err)
	}
	return bytes
}

// expect holds what a store has against what it should have.
func expect(t *testing.T, p Peer, series transport.Series, want ...Entry) {
	t.Helper()
	got := p.Entries(t, series)
	same := slices.EqualFunc(got, want, func(a, b Entry) bool {
		return bytes.Equal(a.Mark, b.Mark) && slices.EqualFunc(a.Messages, b.Messages, bytes.Equal)
	})
	if !same {
		t.Errorf("the store has %s\nnot %s", shown(got), shown(want))
	}
}

func shown(entries []Entry) (text string) {
	for _, e := range entries {
		text += fmt.Sprintf("[%.40q: %d messages", e.Mark, len(e.Messages))
		if len(e.Messages) > 0 {
			text += fmt.Sprintf(", %.120q to %.120q", e.Messages[0], e.Messages[len(e.Messages)-1])
		}
		text += "] "
	}
	return fmt.Sprintf("%d entries %s", len(entries), text)
}

func canceled() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}
