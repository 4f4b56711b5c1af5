package forwarder

import (
	"fmt"
	"testing"
	"time"

	"httpd-syslog/forwarder/spool"
)

// simulate lets a doubt try messages on a server that hangs up at those of which bad says so, all of
// them short. It returns which were refused, and how many connections and messages that took.
// alone: it hangs up by itself, too.
func simulate(t *testing.T, n int, bad func(int) bool, alone bool) (refused []int, connections, sent int, why verdict) {
	t.Helper()
	var d doubt
	for range breakLimit {
		if d.isOn() {
			t.Fatal("in doubt too early")
		}
		d.broke(spool.Positions{}, time.Second, false, 1)
	}
	gone := make(map[int]bool) // refused, and passed over
	lo := 0                    // all before has passed
	for connections = 0; d.isOn() && connections < 1000; connections++ {
		d.connected()
		for open := true; open && d.isOn(); {
			next, messages, broken := d.next(), 0, alone
			switch next {
			case sendControl:
				sent++
				broken = broken || bad(lo+1)
				if d.far {
					broken = alone || bad(n) // one far behind
				}
			case sendRun:
				most, _ := d.run()
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
				switch d.passed(messages, lo == n, false) {
				case aside:
					refused, gone[lo] = append(refused, lo), true
				case cleared:
					return refused, connections, sent, d.verdict
				}
				continue
			}
			open = false
			switch d.hungUp(messages, false) {
			case suspect:
				d.of(100, func(int) bool { return true })
			case waits:
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
		why     verdict
	}{
		{n: 1000, bad: []int{0}, most: 10},
		{n: 1000, bad: []int{999}, most: 20},
		{n: 1000, bad: []int{500}, most: 20},
		{n: 1000, bad: []int{500, 501}, most: 40},
		{n: 100000, bad: []int{77777}, most: 25},
		{n: 1000, bad: []int{1, 10, 100, 998}, most: 60},
		{n: 1000, most: 1},
		{n: 1000, none: true, most: 5, why: nothingPasses},
		{n: 1000, none: true, alone: true, most: 3, why: closesAlone},
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
	var d doubt
	at := spool.Positions{}
	for range breakLimit - 1 {
		d.broke(at, time.Second, false, 1)
	}
	d.gone()
	if d.broke(at, time.Second, false, 1) || d.isOn() {
		t.Error("breaks count beyond the death of the server")
	}
	d.broke(at, 3*time.Second, false, 1)
	if !d.broke(at, time.Second, false, 1) || !d.isOn() || d.longest != 3*time.Second {
		t.Errorf("no doubt after %d breaks: %+v", breakLimit, d)
	}
	first := d.patience
	d.passed(1, true, false)
	if d.isOn() || d.patience <= first {
		t.Errorf("all has passed: %+v", d)
	}
	if !d.broke(at, time.Second, false, 1) {
		t.Error("another break at the place does not begin trials at once")
	}
	d.isRefused(9000)
	d.progress()
	if d.isOn() || d.breaks > 0 || d.long != 9000 {
		t.Errorf("after progress: %+v", d)
	}
}

// TestDoubtRecord: what a process had found out is there for the next one.
func TestDoubtRecord(t *testing.T) {
	var d doubt
	var r refusals
	if recordOf(&d, &r) != nil {
		t.Error("a record of nothing")
	}
	for range breakLimit {
		d.broke(spool.Positions{}, time.Second, false, 1)
	}
	d.hungUp(100, false)
	id := messageID{File: spool.FileID{Number: 1}, Offset: 40, Line: 2}
	r.add(id, 8192, time.Now())
	var d2 doubt
	var r2 refusals
	rec := recordOf(&d, &r)
	rec.restore(&d2, &r2, spool.Positions{})
	if size, refused := r2.of(id); size != 8192 || !refused || !r2.in(id.File) || len(r2.times) != 1 {
		t.Errorf("%+v", r2)
	}
	if !rec.inTrials() || d2.step != 50 || d2.few != 100 || !d2.isOn() {
		t.Errorf("%+v", d2)
	}
	d.hungUp(1, false) // the suspect: it is the first one that the next process tries
	if rec := recordOf(&d, &r); rec.Step != 1 || rec.Few != 1 {
		t.Errorf("%+v", rec)
	}
}
