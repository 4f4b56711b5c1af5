package doubt

import (
	"reflect"
	"testing"
	"time"

	"httpd-syslog/forwarder/cursor"
	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/spool/frame"
)

// short are the sizes that fit the header of a suspect of the tests.
func short(size int) bool { return size < 8192 }

// raised is a doubt whose trials have just begun, after breaks of sessions whose longest message had 5000 bytes.
func raised(orderly bool) *Doubt {
	d := New(time.Second)
	for range breakLimit {
		d.Broke(spool.Positions{}, time.Second, orderly, 5000)
	}
	d.Connected()
	return &d
}

// suspected is one that has a suspect of 5000 bytes.
func suspected(orderly bool) *Doubt {
	d := raised(orderly)
	d.HungUp(1, orderly, 0)
	d.SuspectIs(5000, short)
	return d
}

// refusedAt has the suspect hung up at as often as it takes to prove it.
func refusedAt(d *Doubt) *Doubt {
	for range proofs {
		d.Connected()
		d.Passed(0, false, false)
		d.Passed(1, false, false)
		d.HungUp(1, false, 0)
	}
	d.Connected()
	return d
}

// step is a trial and what follows from it.
type step struct {
	do   func(d *Doubt) Finding
	want Finding
	next Trial
	run  int // messages of the next run; 0: as before
}

func passes(n int, want Finding, next Trial, run int) step {
	return step{func(d *Doubt) Finding { return d.Passed(n, false, false) }, want, next, run}
}

func hangs(n int, want Finding, next Trial, run int) step {
	return step{func(d *Doubt) Finding {
		f := d.HungUp(n, false, 0)
		d.Connected()
		return f
	}, want, next, run}
}

// TestTrials: what is tried next follows from what each trial has shown.
func TestTrials(t *testing.T) {
	last := step{func(d *Doubt) Finding { return d.Passed(1, true, false) }, Cleared, SendRun, 0}
	for _, tt := range []struct {
		name     string
		from     *Doubt
		steps    []step
		on       bool // trials go on
		verdict  Verdict
		patience time.Duration
		alone    int
	}{
		{"runs that pass grow", raised(false), []step{passes(1, GoOn, SendRun, growth), passes(growth, GoOn, SendRun, growth*growth)}, true, NoVerdict, time.Second, 0},
		{"all have passed", raised(false), []step{last}, false, NoVerdict, 2 * time.Second, 0},
		{"the suspect is narrowed down", raised(false), []step{hangs(100, GoOn, SendRun, 50), passes(50, GoOn, SendRun, 25), hangs(25, GoOn, SendRun, 12),
			passes(12, GoOn, SendRun, 6), passes(6, GoOn, SendRun, 3), hangs(3, GoOn, SendRun, 1), hangs(1, Suspect, SendNothing, 1)}, true, NoVerdict, time.Second, 0},
		{"none of the few is refused", raised(false), []step{hangs(4, GoOn, SendRun, 2), passes(2, GoOn, SendRun, 1), passes(1, GoOn, SendRun, 1), passes(1, Cleared, SendRun, 0)}, false, NoVerdict, 2 * time.Second, 0},
		{"it hangs up without a message", raised(false), []step{hangs(0, Waits, SendRun, 1)}, true, ClosesAlone, time.Second, 0},
		{"the suspect passes", suspected(false), []step{passes(0, GoOn, SendControl, 0), passes(1, GoOn, SendRun, 1), passes(1, Innocent, SendRun, 1)}, true, NoVerdict, 2 * time.Second, 0},
		{"it hangs up before the suspect", suspected(false), []step{hangs(0, Waits, SendRun, 1)}, true, ClosesAlone, time.Second, 0},
		{"it hangs up at each message", suspected(false), []step{passes(0, GoOn, SendControl, 0), hangs(1, GoOn, SendNothing, 0),
			passes(0, GoOn, SendControl, 0), hangs(1, Waits, SendRun, 1)}, true, NothingPasses, time.Second, 0},
		{"it takes something after all", suspected(false), []step{hangs(0, Waits, SendRun, 1), passes(1, GoOn, SendRun, growth)}, true, NoVerdict, time.Second, 0},
		{"the suspect passes when it is cut", refusedAt(suspected(false)), []step{passes(1, Cut, SendRun, behindOne)}, true, NoVerdict, time.Second, 0},
		{"it passes when it is cut further", refusedAt(suspected(false)), []step{hangs(1, GoOn, SendRun, 1), passes(1, Cut, SendRun, behindOne)}, true, NoVerdict, time.Second, 0},
		{"it passes at no size", refusedAt(suspected(false)), []step{hangs(1, GoOn, SendRun, 1), hangs(1, GoOn, SendNothing, 0), passes(0, GoOn, SendControl, 0),
			passes(1, Aside, SendRun, behindOne)}, true, NoVerdict, time.Second, 0},
		{"nothing passes in the end", refusedAt(suspected(false)), []step{hangs(1, GoOn, SendRun, 1), hangs(1, GoOn, SendNothing, 0), hangs(0, Waits, SendRun, 1)}, true, ClosesAlone, time.Second, 0},
	} {
		for i, s := range tt.steps {
			if got := s.do(tt.from); got != s.want {
				t.Fatalf("%s: step %d: finding %d, want %d", tt.name, i, got, s.want)
			}
			run, _ := tt.from.Run()
			if next := tt.from.Next(); next != s.next || s.run != 0 && run != s.run {
				t.Fatalf("%s: step %d: next %d, %d messages; want %d, %d", tt.name, i, next, run, s.next, s.run)
			}
		}
		d := tt.from
		if d.IsOn() != tt.on || d.Verdict() != tt.verdict || d.Patience() != tt.patience || d.Alone() != tt.alone {
			t.Errorf("%s: on %t, verdict %d, patience %v, alone from %d", tt.name, d.IsOn(), d.Verdict(), d.Patience(), d.Alone())
		}
	}
}

// TestSizes: a suspect that is refused is cut to the sizes that are shorter and fit, one after the other.
func TestSizes(t *testing.T) {
	for _, tt := range []struct {
		length int
		fits   func(int) bool
		want   []int
	}{
		{10000, func(int) bool { return true }, []int{8192, 2048, 480}},
		{8192, func(int) bool { return true }, []int{2048, 480}},
		{10000, short, []int{2048, 480}},
		{10000, func(size int) bool { return size > 480 }, []int{8192, 2048}},
		{480, func(int) bool { return true }, nil},
	} {
		d := raised(false)
		d.HungUp(1, false, 0)
		if !d.IsAboutSuspect() || d.IsProven() {
			t.Error("the suspect is not the next run")
		}
		d.SuspectIs(tt.length, tt.fits)
		refusedAt(d)
		var sizes []int
		for d.IsAboutSuspect() {
			size, cut := d.CutTo()
			if !cut || !d.IsProven() || size != d.Size() {
				t.Fatalf("the suspect is not cut: %+v", d)
			}
			sizes = append(sizes, size)
			d.HungUp(1, false, 0)
		}
		if d.Far() {
			t.Error("the control of one that is to be set aside is from far behind at once")
		}
		if _, cut := d.CutTo(); cut || !d.IsProven() || !reflect.DeepEqual(sizes, tt.want) {
			t.Errorf("%d bytes: cut to %v, want %v", tt.length, sizes, tt.want)
		}
	}
}

// TestFarControl: where the server hangs up at the control too, the next one is from further behind, until the
// suspect has passed or another takes its place.
func TestFarControl(t *testing.T) {
	d := suspected(false)
	d.Passed(0, false, false)
	if d.Far() {
		t.Error("the first control is from far behind")
	}
	if d.HungUp(1, false, 0); !d.Far() {
		t.Error("the second control is no other one")
	}
	d.Connected()
	d.HungUp(0, false, 0)
	d.HungUp(1, false, 0)
	if d.Far() {
		t.Error("the control of another suspect is from far behind at once")
	}
}

// TestAnyControl: one time in eight, while the server hangs up at whatever there is, the control may be of the suspect's
// own row of numbers; until the proof is over, and no more behind a message that has passed.
func TestAnyControl(t *testing.T) {
	nothingPasses := func(d *Doubt) (any bool) {
		for d.HungUp(1, false, 0) != Suspect {
		}
		for f := GoOn; f != Waits; {
			any = any || d.Any()
			d.Connected()
			d.Passed(0, false, false)
			f = d.HungUp(1, false, 0)
		}
		return any
	}
	d := raised(false)
	for i := range 20 {
		if any := nothingPasses(d); any != (i%8 == 7) {
			t.Errorf("time %d: of any row: %t", i, any)
		}
	}
	d.Passed(1, false, false)
	for i := range 8 {
		if any := nothingPasses(d); any != (i == 7) {
			t.Errorf("time %d behind a message that has passed: of any row: %t", i, any)
		}
	}
	d = raised(false)
	for range 7 {
		nothingPasses(d)
	}
	d.HungUp(1, false, 0)
	d.SuspectIs(100, short)
	for range 2 { // the next one, and a short one
		d.Connected()
		d.Passed(0, false, false)
		d.HungUp(1, false, 0)
	}
	if refusedAt(d); !d.IsProven() || !d.Any() {
		t.Errorf("proven %t; to confirm that, of any row: %t", d.IsProven(), d.Any())
	}
}

// TestLengths: a length that was refused is known, the shortest one, until a message of it passes alone.
func TestLengths(t *testing.T) {
	d := raised(false)
	if _, long := d.Run(); long != 5000 || d.Alone() != 0 {
		t.Errorf("messages go alone from %d and %d bytes on", long, d.Alone())
	}
	d.IsRefused(6000)
	if d.Alone() != 6000 {
		t.Errorf("from %d on", d.Alone())
	}
	d.IsRefused(7000)
	d.IsRefused(4000)
	d.Broke(spool.Positions{}, 0, false, 9000)
	if d.Alone() != 4000 {
		t.Errorf("from %d on, want the shortest that was refused", d.Alone())
	}
	d.Lone()
	if messages, long := d.Run(); messages != wholeRun || long != 4000 || !d.IsOn() {
		t.Errorf("%d messages, alone from %d", messages, long)
	}
	d.Passed(1, false, false)
	if d.Alone() != 4000 {
		t.Error("a short message that passes clears long ones")
	}
	d.Passed(1, false, true)
	if messages, long := d.Run(); messages != wholeRun || long != 0 || d.Alone() != 0 {
		t.Errorf("after one has passed: %d messages, alone from %d", messages, long)
	}
	e := raised(false)
	if e.Progress(); e.IsOn() || e.Breaks() != 0 {
		t.Error("doubt goes on after progress")
	}
	if e.Search(); e.Alone() != 0 {
		t.Error("a length is refused that never was")
	} else if _, long := e.Run(); long != 0 {
		t.Errorf("messages go alone from %d on after progress", long)
	}
}

// TestOrderlyEnds: a server that takes all and ends each session in good order gets the next one without trials;
// another gets trials over each.
func TestOrderlyEnds(t *testing.T) {
	for _, tt := range []struct {
		breaks, trial bool // in good order
		on            bool
	}{{true, true, false}, {true, false, true}, {false, true, true}} {
		d := raised(tt.breaks)
		d.HungUp(0, tt.trial, 0)
		if d.IsOn() != tt.on || d.Verdict() != ClosesAlone {
			t.Errorf("%+v: on %t, verdict %d", tt, d.IsOn(), d.Verdict())
		}
		if d.Connected(); d.IsOn() != tt.on {
			t.Errorf("%+v: on over the next session: %t", tt, d.IsOn())
		}
	}
	d := raised(false)
	d.stage, d.verdict = noDoubt, NoOther
	if d.Connected(); !d.IsOn() {
		t.Error("a session after a verdict has no trials")
	}
}

// TestBreaks: the place is that of the first break; each has a session stand for longer, up to a limit.
func TestBreaks(t *testing.T) {
	d := New(time.Second)
	if d.Place() != nil || d.StandBehind() != time.Second/2 {
		t.Errorf("%v, %v", d.Place(), d.StandBehind())
	}
	place := spool.Positions{frame.FileID{Number: 1}: {Offset: 5}}
	for i, stood := range []time.Duration{2, 9, 3} {
		on := d.Broke(place, stood, false, 10)
		if on != (i == breakLimit-1) || d.IsOn() != on || d.Breaks() != i+1 {
			t.Errorf("break %d: trials %t", i, on)
		}
		place = spool.Positions{}
	}
	if d.Place()[frame.FileID{Number: 1}].Offset != 5 || d.Longest() != 9 || d.StandBehind() != 4*time.Second {
		t.Errorf("place %v, stood for %v, to stand for %v", d.Place(), d.Longest(), d.StandBehind())
	}
	for range 9 {
		d.Broke(place, 0, false, 10)
	}
	if d.StandBehind() != 16*time.Second {
		t.Errorf("to stand for %v at most", d.StandBehind())
	}
	for range 9 {
		d.again()
	}
	if d.Patience() != patienceMax {
		t.Errorf("patience %v", d.Patience())
	}
	if d.Gone(); !d.Died() || d.Patience() != 0 || d.IsOn() || d.Breaks() != 0 {
		t.Errorf("after its death: %+v", d)
	}
	e := refusedAt(suspected(false))
	if e.Gone(); !e.IsProven() || e.Died() {
		t.Error("a server that ends at the suspect alone has died of something else")
	}
}

// TestDoubtsOfProcesses: the next process goes on where one has ended, whatever its doubt was about, with the
// message that is in doubt; and is in no doubt where that had none.
func TestDoubtsOfProcesses(t *testing.T) {
	place := spool.Positions{frame.FileID{Number: 1}: {Offset: 5}}
	lone := New(time.Second)
	lone.IsRefused(4000)
	narrowed := raised(false)
	narrowed.HungUp(100, false, 0)
	broken := New(time.Second)
	broken.Broke(place, time.Second, false, 10)
	set := refusedAt(suspected(false))
	set.HungUp(1, false, 0)
	set.HungUp(1, false, 0)
	for _, tt := range []struct {
		name string
		d    Doubt
		want cursor.Doubt
		on   bool
		few  int
	}{
		{"none", New(time.Second), cursor.Doubt{}, false, 0},
		{"one break", broken, cursor.Doubt{Breaks: 1}, false, 0},
		{"a length", lone, cursor.Doubt{Long: 4000, Refused: true}, false, 0},
		{"a search", *raised(false), cursor.Doubt{Breaks: 3, Long: 5000, Step: 1}, true, 0},
		{"a search among few", *narrowed, cursor.Doubt{Breaks: 3, Long: 5000, Step: 50, Few: 100}, true, 100},
		{"a suspect", *suspected(false), cursor.Doubt{Breaks: 3, Long: 5000, Step: 1, Few: 1}, true, 1},
		{"one that is cut", *refusedAt(suspected(false)), cursor.Doubt{Breaks: 3, Long: 5000, Step: 1, Few: 1}, true, 1},
		{"one that is set aside", *set, cursor.Doubt{Breaks: 3, Long: 5000, Step: 1, Few: 1}, true, 1},
	} {
		var rec cursor.Doubt
		if is := tt.d.Record(&rec); is != (tt.want.Breaks > 0 || tt.want.Refused) || !reflect.DeepEqual(rec, tt.want) {
			t.Errorf("%s: %+v, %t", tt.name, rec, is)
		}
		next := New(time.Second)
		next.Restore(&rec, place)
		var again cursor.Doubt
		next.Record(&again)
		if !reflect.DeepEqual(again, rec) || next.IsOn() != tt.on || (next.Place() != nil) != (rec.Breaks > 0) || next.Alone() != tt.d.Alone() || tt.on && next.Patience() != time.Second {
			t.Errorf("%s: the next process has %+v, and is in doubt: %t", tt.name, again, next.IsOn())
		}
	}
	var none Doubt
	if none.Restore(nil, place); none.IsOn() || none.Place() != nil {
		t.Error("a doubt of nothing")
	}
	for breaks, on := range map[int]bool{-1: false, breakLimit - 1: false, breakLimit: true, 99: true} {
		d := New(time.Second)
		if d.Restore(&cursor.Doubt{Breaks: breaks}, place); d.IsOn() != on || d.Breaks() < 0 || d.Breaks() > breakLimit {
			t.Errorf("%d breaks: on %t, %d", breaks, d.IsOn(), d.Breaks())
		}
	}
}
