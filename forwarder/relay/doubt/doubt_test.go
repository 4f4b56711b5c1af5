package doubt

import (
	"fmt"
	"testing"
	"time"

	"httpd-syslog/forwarder/cursor"
	"httpd-syslog/forwarder/spool"
)

// simulate lets a doubt try messages on a server that hangs up at those of which bad says so, all of
// them short. It returns which were refused, and how many connections and messages that took.
// alone: it hangs up by itself, too.
func simulate(t *testing.T, n int, bad func(int) bool, alone bool) (refused []int, connections, sent int, why Verdict) {
	t.Helper()
	d := New(time.Second)
	for range breakLimit {
		if d.IsOn() {
			t.Fatal("in doubt too early")
		}
		d.Broke(spool.Positions{}, time.Second, false, 1)
	}
	gone := make(map[int]bool) // refused, and passed over
	lo := 0                    // all before has passed
	for connections = 0; d.IsOn() && connections < 1000; connections++ {
		d.Connected()
		for open := true; open && d.IsOn(); {
			next, messages, broken := d.Next(), 0, alone
			switch next {
			case SendControl:
				sent++
				broken = broken || bad(lo+1)
				if d.far {
					broken = alone || bad(n) // one far behind
				}
			case SendRun:
				most, _ := d.Run()
				for i := lo; i < n && messages < most && !broken; i++ {
					if !gone[i] {
						messages++
						sent++
						broken = bad(i)
					}
				}
			}
			if !broken {
				for rest := messages; rest > 0 || lo < n && gone[lo]; lo++ {
					if !gone[lo] {
						rest--
					}
				}
				switch d.Passed(messages, lo == n, false) {
				case Aside:
					refused, gone[lo] = append(refused, lo), true
				case Cleared:
					return refused, connections, sent, d.verdict
				}
				continue
			}
			open = false
			switch d.HungUp(messages, false, 0) {
			case Suspect:
				d.SuspectIs(100, func(int) bool { return true })
			case Waits:
				return refused, connections, sent, d.verdict
			}
		}
	}
	return refused, connections, sent, d.verdict
}

// TestDoubt: whichever messages a server does not take, those and no others are found, with few
// connections; and nothing is proven where nothing passes.
func TestDoubt(t *testing.T) {
	for _, c := range []struct {
		n, most int
		bad     []int
		none    bool // it takes nothing
		alone   bool
		why     Verdict
	}{
		{n: 1000, bad: []int{0}, most: 10},
		{n: 1000, bad: []int{999}, most: 20},
		{n: 1000, bad: []int{500}, most: 20},
		{n: 1000, bad: []int{500, 501}, most: 40},
		{n: 100000, bad: []int{77777}, most: 25},
		{n: 1000, bad: []int{1, 10, 100, 998}, most: 60},
		{n: 1000, most: 1},
		{n: 1000, none: true, most: 5, why: NothingPasses},
		{n: 1000, none: true, alone: true, most: 3, why: ClosesAlone},
	} {
		bad := make(map[int]bool)
		for _, i := range c.bad {
			bad[i] = true
		}
		refused, connections, sent, why := simulate(t, c.n, func(i int) bool { return c.none || bad[i] }, c.alone)
		if fmt.Sprint(refused) != fmt.Sprint(c.bad) || why != c.why {
			t.Errorf("%+v: refused %v, verdict %d", c, refused, why)
		}
		if connections > c.most || sent > 4*c.n+100 {
			t.Errorf("%+v: %d connections, %d messages", c, connections, sent)
		}
	}
}

// TestDoubtIsOver: a server that has ended, and progress, end a doubt; what has passed where
// something had broken makes the next trials wait longer.
func TestDoubtIsOver(t *testing.T) {
	d := New(time.Second)
	at := spool.Positions{}
	for range breakLimit - 1 {
		d.Broke(at, time.Second, false, 1)
	}
	if d.Died() {
		t.Error("it has died before it was gone")
	}
	if d.Gone(); !d.Died() {
		t.Error("it was gone, and has not died")
	}
	if d.Broke(at, time.Second, false, 1) || d.IsOn() {
		t.Error("breaks count beyond the death of the server")
	}
	d.Broke(at, 3*time.Second, false, 1)
	if !d.Broke(at, time.Second, false, 1) || !d.IsOn() || d.longest != 3*time.Second {
		t.Errorf("no doubt after %d breaks: %+v", breakLimit, d)
	}
	first := d.patience
	d.Passed(1, true, false)
	if d.IsOn() || d.patience <= first {
		t.Errorf("all has passed: %+v", d)
	}
	if !d.Broke(at, time.Second, false, 1) {
		t.Error("another break at the place does not begin trials at once")
	}
	d.IsRefused(9000)
	d.Progress()
	if d.IsOn() || d.Died() || d.breaks > 0 || d.long != 9000 {
		t.Errorf("after progress: %+v", d)
	}
}

// TestDoubtRecord: what a process had found out is there for the next one.
func TestDoubtRecord(t *testing.T) {
	d := New(time.Second)
	if d.Record(new(cursor.Doubt)) {
		t.Error("a record of nothing")
	}
	for range breakLimit {
		d.Broke(spool.Positions{}, time.Second, false, 1)
	}
	d.HungUp(100, false, 0)
	d2 := New(time.Second)
	rec := new(cursor.Doubt)
	if !d.Record(rec) {
		t.Error("nothing is recorded")
	}
	d2.Restore(rec, spool.Positions{})
	if !rec.InTrials() || d2.step != 50 || d2.few != 100 || !d2.IsOn() {
		t.Errorf("%+v", d2)
	}
	d.HungUp(1, false, 0) // the suspect: it is the first one that the next process tries
	if d.Record(rec); rec.Step != 1 || rec.Few != 1 {
		t.Errorf("%+v", rec)
	}
}
