package doubt

import (
	"math"
	"slices"
	"time"

	"httpd-syslog/forwarder/spool"
)

// Doubt is the search for messages that a server does not take. Not for concurrent use.
type Doubt struct {
	standFor time.Duration // how long a session must stand at least
	nothing  int           // how often it was found that nothing passes, since a message has
	history
	stage    stage
	patience time.Duration // how long a session must stand behind a run that it took
	narrowing
	proof
	verdict Verdict
}

// history is what the sessions since the last progress have shown.
type history struct {
	breaks  int             // in a row, of sessions that could be had at once
	place   spool.Positions // up to where the first of them had been given messages; nil: none has broken
	longest time.Duration   // the longest time for which one of them stood
	orderly bool            // all of them had taken their messages, and ended in good order
	deaths  int             // how often the server could not be connected to after one of them
}

// narrowing is the search for the suspect.
type narrowing struct {
	known   bool // few is known
	few     int  // how many messages, at most, the refused one is among
	step    int  // messages of the next run
	long    int  // a message of so many bytes goes alone; 0: none does
	refused bool // long is the length of a message that was refused, else of the longest one
}

// proof is how far the proof is that the suspect is refused.
type proof struct {
	at     int   // of the steps of a proof: nothing, control, suspect
	proven int   // connections that have broken at the suspect, and at nothing else
	far    bool  // the control is not the next message but a short one further behind
	any    bool  // the control is of any row of numbers
	size   int   // that the suspect is cut to; 0: it is whole
	sizes  []int // yet to be tried
}

// New is a doubt that has not been raised. standFor is how long a connection must stand to count
// as one that works.
func New(standFor time.Duration) Doubt { return Doubt{standFor: standFor} }

const (
	breakLimit = 3
	proofs     = 3
	promptly   = 8 // what part of patience a session may stand behind the suspect to prove something
	wholeRun   = math.MaxInt32
	behindOne  = 16 // messages of the first run behind one that was refused
	growth     = 64 // of runs that pass, while it is not known how many messages are meant
	often      = 8  // one time in so many, when nothing passes, the control is of any row
)

// cutSizes are the sizes, in bytes, that a message is cut to: those that rsyslog takes by default,
// that a server should take by RFC 5424, 6.1, and that it must take.
var cutSizes = []int{8192, 2048, 480}

const patienceMax = 8 * time.Second

// IsOn reports whether sessions get a few messages at a time.
func (d *Doubt) IsOn() bool { return d.stage != noDoubt }

// Place is up to where the first of the sessions that broke had been given messages; nil: none has
// broken since the last progress. The caller may drop files that are gone from it.
func (d *Doubt) Place() spool.Positions { return d.place }

// Breaks is how many sessions in a row have broken at the place.
func (d *Doubt) Breaks() int { return d.breaks }

// Longest is the longest time for which one of the sessions stood that broke at the place.
func (d *Doubt) Longest() time.Duration { return d.longest }

// Died reports whether the server was gone after one of the sessions that broke at the place.
func (d *Doubt) Died() bool { return d.deaths > 0 }

// Verdict is why nothing can be proven at present.
func (d *Doubt) Verdict() Verdict { return d.verdict }

// Patience is how long a session must stand behind a run for the run to have passed.
func (d *Doubt) Patience() time.Duration { return d.patience }

// StandBehind is how long a session must stand behind the place to count as one that works: longer
// after each break.
func (d *Doubt) StandBehind() time.Duration { return d.standFor << min(d.breaks, breakLimit+2) / 2 }

// Alone is from how many bytes on a message must go alone, outside of trials too, since a message of
// that length was refused; 0: none was.
func (d *Doubt) Alone() int {
	if d.refused {
		return d.long
	}
	return 0
}

// IsAboutSuspect reports whether the next run is the suspect alone.
func (d *Doubt) IsAboutSuspect() bool { return d.stage == proving || d.stage == cutting }

// IsProven reports whether the suspect is proven to be refused.
func (d *Doubt) IsProven() bool { return d.stage == cutting || d.stage == confirming }

// CutTo is how many bytes the suspect is cut to in the next run.
func (d *Doubt) CutTo() (size int, cut bool) { return d.size, d.stage == cutting }

// Size is the size in bytes at which the suspect was taken.
func (d *Doubt) Size() int { return d.size }

// Far reports whether the control is a short message from further behind the suspect, not the next
// one.
func (d *Doubt) Far() bool { return d.far }

// Any reports whether the control may be of the suspect's own row of numbers, though there are others. It comes
// seldom, since such a control stands out of order at a server that has come back at this very moment and so takes
// the suspect as well.
func (d *Doubt) Any() bool { return d.any }

// Broke counts a session that has broken outside of trials. given is up to where the session had
// been given messages, stood how long it stood, longest the bytes of its longest message. orderly: the
// server had taken all of them, and ended the session in good order. Broke reports whether trials
// begin.
func (d *Doubt) Broke(given spool.Positions, stood time.Duration, orderly bool, longest int) bool {
	if d.place == nil {
		d.place, d.orderly = given, true
	}
	d.breaks++
	d.longest = max(d.longest, stood)
	d.orderly = d.orderly && orderly
	if d.breaks < breakLimit {
		return false
	}
	if !d.refused {
		d.long = longest
	}
	d.Search()
	return true
}

// Gone notes that a server which has closed a connection cannot be connected to. The server has ended,
// and not because of a message, unless it is proven by now that it ends at the suspect.
func (d *Doubt) Gone() {
	if d.stage >= proving && d.proven > 0 {
		return
	}
	if d.place != nil {
		d.deaths++
	}
	d.breaks, d.patience = 0, 0 // the server is not one that hangs up slowly
	d.stage, d.verdict = noDoubt, NoVerdict
}

// Progress ends all doubt: the server has taken the place. Lengths that were refused stay known.
func (d *Doubt) Progress() {
	*d = Doubt{standFor: d.standFor, narrowing: narrowing{long: d.long, refused: d.refused}}
	if !d.refused {
		d.long = 0
	}
}

// Search begins the search with a run of one message: if that does not pass perhaps none does.
func (d *Doubt) Search() {
	d.stage, d.known, d.step = searching, false, 1
	d.patience = max(d.patience, d.standFor)
}

// Lone begins trials because of a message that is as long as one that was refused.
func (d *Doubt) Lone() {
	d.Search()
	d.step = wholeRun
}

// Connected notes a new session: the next trial is its first one.
func (d *Doubt) Connected() {
	d.at = 0
	if d.stage == noDoubt && d.verdict != NoVerdict && !d.orderly {
		d.Search()
	}
}

// Next is what the session gets next.
func (d *Doubt) Next() Trial {
	if d.stage == proving || d.stage == confirming {
		return [...]Trial{SendNothing, SendControl, SendRun}[d.at]
	}
	return SendRun
}

// Run is how many messages the next run may have, and whether those with long bytes go alone.
func (d *Doubt) Run() (messages, long int) {
	if d.stage == searching {
		return d.step, d.long
	}
	return 1, 0
}

// Passed notes that a trial has passed: its messages were taken, and the session stood behind them
// for Patience. end: there are no messages behind them. lone: it was one message that must go alone.
func (d *Doubt) Passed(messages int, end, lone bool) Finding {
	if d.Next() != SendNothing {
		d.verdict, d.nothing = NoVerdict, 0
	}
	switch d.stage {
	case searching:
		return d.narrow(messages, end, lone)
	case proving:
		if d.at++; d.at < 3 {
			return GoOn
		}
		d.again()
		d.Search()
		return Innocent
	case cutting:
		d.rule()
		return Cut
	case confirming:
		if d.at++; d.at < 2 {
			return GoOn
		}
		d.rule()
		return Aside
	}
	return GoOn
}

// narrow chooses the next run after one that has passed.
func (d *Doubt) narrow(messages int, end, lone bool) Finding {
	if lone {
		d.long, d.refused = 0, false // messages of that length pass: the length is not the reason
	}
	d.few -= messages
	if end || d.known && d.few <= 0 {
		d.again()
		d.stage = noDoubt
		return Cleared
	}
	if d.known {
		d.step = max(1, d.few/2)
	} else if d.step < wholeRun && !lone {
		d.step *= growth
	}
	return GoOn
}

// again doubles patience for the next trials: messages in doubt have passed, or seem to have.
func (d *Doubt) again() { d.patience = min(2*d.patience, patienceMax) }

// rule ends the trials of a suspect that was refused, and goes on searching: other such messages may be
// close behind it.
func (d *Doubt) rule() {
	d.stage, d.known, d.step = searching, false, behindOne
}

// HungUp notes that the session has broken in a trial. messages is how many were sent and have not
// passed, after how long it was since then.
func (d *Doubt) HungUp(messages int, orderly bool, after time.Duration) Finding {
	d.orderly = d.orderly && orderly
	switch d.stage {
	case searching:
		switch messages {
		case 0:
			return d.Wait(ClosesAlone)
		case 1:
			d.stage, d.proof = proving, proof{}
			return Suspect
		}
		d.known, d.few, d.step = true, messages, max(1, messages/2)
	case proving:
		if d.at == 2 {
			d.brokeAtSuspect(after)
			return GoOn
		}
		return d.others()
	case cutting:
		d.smaller()
	case confirming:
		return d.others()
	}
	return GoOn
}

// brokeAtSuspect notes that the session has broken behind the suspect, which alone it had been given after the
// control. That proves something where sessions stand behind other messages for much longer: else they may end for
// any reason, such as that the server is killed again and again, and are to stand for longer from now on.
func (d *Doubt) brokeAtSuspect(after time.Duration) {
	if after > d.patience/promptly && d.patience < patienceMax {
		d.again()
		return
	}
	if d.proven++; d.proven == proofs {
		d.stage = cutting
		d.smaller()
	}
}

// others notes that the session has broken before the suspect was sent over it.
func (d *Doubt) others() Finding {
	switch {
	case d.at == 0:
		return d.Wait(ClosesAlone)
	case !d.far:
		d.far = true // the next message may be refused for the same reason: try one further behind
		return GoOn
	case !d.any && d.nothing%often == often-1:
		d.any = true
		return GoOn
	}
	d.nothing++
	return d.Wait(NothingPasses)
}

// smaller has the suspect cut to the next size, or set aside.
func (d *Doubt) smaller() {
	if len(d.sizes) == 0 {
		d.stage, d.far = confirming, false
		return
	}
	d.size, d.sizes = d.sizes[0], d.sizes[1:]
}

// SuspectIs tells how long the suspect is in bytes, and into which sizes its header fits. The suspect
// is cut to no other sizes, and to none that is not shorter.
func (d *Doubt) SuspectIs(length int, fits func(size int) bool) {
	d.sizes = slices.DeleteFunc(slices.Clone(cutSizes), func(size int) bool { return size >= length || !fits(size) })
}

// IsRefused notes the length of a message that was refused, so that others of that length go
// alone at once.
func (d *Doubt) IsRefused(length int) {
	if !d.refused || length < d.long {
		d.long, d.refused = length, true
	}
}

// Wait ends the trials without a result. They begin anew with the next session; but if every session
// took its messages and ended in good order, the next one has no trials.
func (d *Doubt) Wait(why Verdict) Finding {
	d.verdict = why
	d.Search()
	if d.orderly {
		d.stage = noDoubt
	}
	return Waits
}
