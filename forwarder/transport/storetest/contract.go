package storetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"httpd-syslog/forwarder/testbed"
	"httpd-syslog/forwarder/transport"
)

func nothing(t *testing.T, p Peer) {
	s := Dial(t, p, p.series(0))
	if s.Last() != nil {
		t.Errorf("the mark of nothing is %q", s.Last())
	}
	if s.IsFull() {
		t.Error("full of nothing")
	}
	if err := s.Append([]byte("m"), NoWait); err != nil {
		t.Error(err)
	}
	expect(t, p, p.series(0))
	if err := s.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if s := Dial(t, p, p.series(0)); s.Last() != nil {
		t.Errorf("after an Append of nothing the mark is %q", s.Last())
	}
}

func appended(t *testing.T, p Peer) {
	s := Dial(t, p, p.series(0))
	if s.Evidence() != transport.Answering {
		t.Errorf("evidence is %v", s.Evidence())
	}
	sum := uint64(0)
	var want []Entry
	for i := range 4 {
		texts := Messages(10*i, 10*i+10)
		half := Send(t, s, texts[:5]) + Send(t, s, texts[5:])
		if s.Accepted() != sum {
			t.Errorf("%d bytes are accepted before they are appended, not %d", s.Accepted(), sum)
		}
		mark := fmt.Appendf(nil, "mark %d", i)
		if err := s.Append(mark, NoWait); err != nil {
			t.Fatal(err)
		}
		if sum += uint64(half); s.Accepted() != sum {
			t.Errorf("%d bytes are accepted, not %d", s.Accepted(), sum)
		}
		want = append(want, Entry{mark, texts})
	}
	expect(t, p, p.series(0), want...)
	if err := s.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

func goesOn(t *testing.T, p Peer) {
	var want []Entry
	for i := range 4 {
		s := Dial(t, p, p.series(0))
		if i > 0 && string(s.Last()) != string(want[i-1].Mark) {
			t.Errorf("the last mark is %q, not %q", s.Last(), want[i-1].Mark)
		}
		want = append(want, Entry{fmt.Appendf(nil, "mark-%d", i), Messages(i, i+2)})
		Append(t, s, string(want[i].Mark), want[i].Messages)
		if i%2 == 0 {
			transport.Abandon(s)
		} else if err := s.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}
	expect(t, p, p.series(0), want...)
}

func notAppended(t *testing.T, p Peer) {
	s := Dial(t, p, p.series(0))
	Append(t, s, "first", Messages(0, 1))
	Send(t, s, Messages(1, 2))
	if err := s.Close(t.Context()); err == nil {
		t.Error("Close with a message that was not appended has no error")
	}
	expect(t, p, p.series(0), Entry{[]byte("first"), Messages(0, 1)})
}

func overtaken(t *testing.T, p Peer) {
	first := Dial(t, p, p.series(0))
	Append(t, first, "one", Messages(0, 1))
	second := Dial(t, p, p.series(0))
	Append(t, second, "two", Messages(1, 2))
	Send(t, first, Messages(5, 6))
	if err := first.Append([]byte("forged"), NoWait); !errors.Is(err, transport.ErrOvertaken) {
		t.Errorf("an Append behind an entry that is not the last one: %v", err)
	}
	Append(t, second, "three", Messages(2, 3))
	expect(t, p, p.series(0), Entry{[]byte("one"), Messages(0, 1)}, Entry{[]byte("two"), Messages(1, 2)}, Entry{[]byte("three"), Messages(2, 3)})

	// The very first entry of a series is no exception.
	fresh, other := Dial(t, p, p.series(1)), Dial(t, p, p.series(1))
	Append(t, fresh, "one", Messages(0, 1))
	Send(t, other, Messages(5, 6))
	if err := other.Append([]byte("forged"), NoWait); !errors.Is(err, transport.ErrOvertaken) {
		t.Errorf("a second first Append: %v", err)
	}
	expect(t, p, p.series(1), Entry{[]byte("one"), Messages(0, 1)})
}

func twoSeries(t *testing.T, p Peer) {
	a, b := Dial(t, p, p.series(0)), Dial(t, p, p.series(1))
	for i := range 3 {
		Append(t, a, fmt.Sprint("a", i), Messages(i, i+1))
		Append(t, b, fmt.Sprint("b", i), Messages(10+i, 11+i))
	}
	for i, name := range []string{"a", "b"} {
		var want []Entry
		for k := range 3 {
			want = append(want, Entry{fmt.Append(nil, name, k), Messages(10*i+k, 10*i+k+1)})
		}
		expect(t, p, p.series(i), want...)
		if s := Dial(t, p, p.series(i)); string(s.Last()) != name+"2" {
			t.Errorf("series %s ends with %q", name, s.Last())
		}
	}
}

func race(t *testing.T, p Peer) {
	const sessions, rounds = 4, 3
	for round := range rounds {
		var all []transport.Store
		for range sessions {
			all = append(all, Dial(t, p, p.series(0)))
		}
		var won atomic.Int32
		var group sync.WaitGroup
		for i, s := range all {
			Send(t, s, Messages(100*round+i, 100*round+i+1))
			group.Go(func() {
				switch err := s.Append(fmt.Append(nil, "round ", round), NoWait); {
				case err == nil:
					won.Add(1)
				case !errors.Is(err, transport.ErrOvertaken):
					t.Errorf("a session that was not the first: %v", err)
				}
			})
		}
		group.Wait()
		if got := p.Entries(t, p.series(0)); won.Load() != 1 || len(got) != round+1 {
			t.Errorf("round %d: %d sessions won, and there are %d entries", round, won.Load(), len(got))
		}
		for _, s := range all {
			transport.Abandon(s)
		}
	}
}

// largest gives as the relay does: at most the transport's BatchSize and a longest message at a time, and asks
// IsFull behind each.
func largest(t *testing.T, p Peer) {
	tr := p.Transport(t, p.series(0))
	s := Dial(t, p, p.series(0))
	longest := append(Messages(0, 1)[0], bytes.Repeat([]byte{'x'}, p.MaxMessage)...)[:p.MaxMessage]
	var want [][]byte
	for !s.IsFull() {
		var batch [][]byte
		for size := 0; size < tr.BatchSize(); size += len(longest) {
			batch = append(batch, longest)
		}
		Send(t, s, batch)
		want = append(want, batch...)
	}
	mark := bytes.Repeat([]byte("~! aZ+"), transport.MaxMark/6)
	if err := s.Append(mark, NoWait); err != nil {
		t.Fatal(err)
	}
	if s.IsFull() {
		t.Error("full after an Append")
	}
	expect(t, p, p.series(0), Entry{mark, want})
	if again := Dial(t, p, p.series(0)); !bytes.Equal(again.Last(), mark) {
		t.Errorf("a mark of %d bytes comes back as %d", len(mark), len(again.Last()))
	}
	var small [][]byte
	for !s.IsFull() {
		small = append(small, Messages(len(small), len(small)+1)...)
		Send(t, s, small[len(small)-1:])
	}
	if err := s.Append([]byte("small"), NoWait); err != nil {
		t.Fatal(err)
	}
	expect(t, p, p.series(0), Entry{mark, want}, Entry{[]byte("small"), small})
}

func printable(t *testing.T, p Peer) {
	var mark []byte
	for c := byte('!'); c <= '~'; c++ {
		mark = append(mark, c)
		if c%10 == 0 {
			mark = append(mark, ' ')
		}
	}
	s := Dial(t, p, p.series(0))
	Append(t, s, string(mark), Messages(0, 1))
	expect(t, p, p.series(0), Entry{mark, Messages(0, 1)})
	if again := Dial(t, p, p.series(0)); !bytes.Equal(again.Last(), mark) {
		t.Errorf("a mark of\n%q comes back as\n%q", mark, again.Last())
	}
}

func noTime(t *testing.T, p Peer) {
	if s, err := p.Transport(t, p.series(0)).Dial(canceled()); err == nil {
		transport.Abandon(s)
		t.Error("there is a session for one who has no time")
	} else if !errors.Is(err, context.Canceled) {
		t.Errorf("the error is %v", err)
	}
}

func silent(t *testing.T, p Peer) {
	if p.Stop == nil {
		t.Skip("the store cannot be stopped")
	}
	s := Dial(t, p, p.series(0))
	Append(t, s, "before", Messages(0, 1))
	p.Stop(t)
	enough := errors.New("enough")
	calls := 0
	Send(t, s, Messages(1, 2))
	err := s.Append([]byte("meanwhile"), func() error {
		if calls++; calls == 2 {
			return enough
		}
		return nil
	})
	if !errors.Is(err, enough) || s.Accepted() >= uint64(2*len(Messages(0, 1)[0])) {
		t.Errorf("Append of a store that is silent ends with %v, and %d bytes are accepted", err, s.Accepted())
	}
	transport.Abandon(s)
	p.Continue(t)
	afterDoubt(t, p)
}

func lostAnswer(t *testing.T, p Peer) {
	if p.Kill == nil {
		t.Skip("the store cannot be killed")
	}
	s := Dial(t, p, p.series(0))
	Append(t, s, "before", Messages(0, 1))
	Send(t, s, Messages(1, 2))
	done := make(chan error)
	go func() { done <- s.Append([]byte("meanwhile"), NoWait) }()
	p.Kill(t)
	if err := <-done; err == nil {
		t.Log("the answer was faster than the kill")
	}
	transport.Abandon(s)
	p.Start(t)
	afterDoubt(t, p)
}

// afterDoubt goes on behind an entry "meanwhile" of message 1, of which nobody knows whether it is there, or whether it
// will come yet.
func afterDoubt(t *testing.T, p Peer) {
	t.Helper()
	testbed.Eventually(t, "a session goes on", func() bool {
		s, err := dial(t, p, p.series(0))
		if err != nil {
			return false
		}
		defer transport.Abandon(s)
		texts := Messages(2, 3)
		switch string(s.Last()) {
		case "meanwhile":
		case "before":
			texts = Messages(1, 3)
		default:
			t.Fatalf("the last mark is %q", s.Last())
		}
		batch, ends := framed(s.Framing(), texts)
		if err := s.Send(batch, ends, NoWait); err != nil {
			return false
		}
		err = s.Append([]byte("after"), NoWait)
		return err == nil
	})
	var all [][]byte
	for _, e := range p.Entries(t, p.series(0)) {
		all = append(all, e.Messages...)
	}
	if got, want := bytes.Join(all, []byte("\n")), bytes.Join(Messages(0, 3), []byte("\n")); !bytes.Equal(got, want) {
		t.Errorf("the store has messages\n%s\nnot each once:\n%s", got, want)
	}
}

func killed(t *testing.T, p Peer) {
	if p.Kill == nil {
		t.Skip("the store cannot be killed")
	}
	var want []Entry
	for i := range 3 {
		var s transport.Store
		testbed.Eventually(t, "there is a session", func() (ok bool) {
			var err error
			s, err = dial(t, p, p.series(0))
			return err == nil
		})
		for range 5 {
			k := len(want)
			want = append(want, Entry{fmt.Append(nil, "mark", k), Messages(3*k, 3*k+3)})
			Append(t, s, string(want[k].Mark), want[k].Messages)
		}
		p.Kill(t)
		batch, ends := framed(s.Framing(), Messages(1000, 1001))
		if errors.Join(s.Send(batch, ends, NoWait), s.Append([]byte("nowhere"), NoWait)) == nil {
			t.Error("an Append without a store has no error")
		}
		transport.Abandon(s)
		p.Start(t)
		testbed.Eventually(t, fmt.Sprint("the store has its last entry after kill ", i), func() bool {
			s, err := dial(t, p, p.series(0))
			if err != nil {
				return false
			}
			defer transport.Abandon(s)
			return bytes.Equal(s.Last(), want[len(want)-1].Mark)
		})
	}
	expect(t, p, p.series(0), want...)
}

func nobody(t *testing.T, p Peer) {
	if p.Kill == nil {
		t.Skip("the store cannot be killed")
	}
	p.Kill(t)
	if _, err := dial(t, p, p.series(0)); err == nil {
		t.Error("there is a session with nobody")
	}
	p.Start(t)
}
