package forwarder

import (
	"math"
	"slices"
	"time"

	"httpd-syslog/forwarder/spool"
)

// doubt finds out which message a server does not take, if it is one. It decides what to
// send next, and what follows from what the server has done. It knows no socket, no file and
// no clock. Not for concurrent use.
//
// Connections that break at the same place, breakLimit of them in a row, raise it. From then
// on a session gets a few messages at a time, and nothing more until the server has taken
// them and the connection has stood for a while behind them (a run has passed). Where one
// breaks, half as many are sent next, until one message alone is the suspect. The suspect is
// proven to be what the server does not take by connections that stand while nothing is sent,
// take a message from behind it, and break at it, as often as proofs. Then it is cut to each
// of cutSizes. Where none passes, another connection must take the message from behind it
// once more, before it is set aside. What cannot be proven is none: the lines wait.
type doubt struct {
	// What the sessions since the last progress have shown.
	breaks  int             // in a row, of sessions that could be had at once
	place   spool.Positions // what the first of them had been given; nil: none has broken
	longest time.Duration   // that one of them stood
	orderly bool            // all of them had taken what they were given, and ended in good order
	deaths  int             // how often the server was gone behind one

	stage    stage
	patience time.Duration // how long a session must stand behind what it took; see passed
	known    bool          // few is how many may be meant
	few      int           // messages that the one is among, at most
	step     int           // messages of the next run
	long     int           // a message of so many bytes goes alone; 0: none does
	refused  bool          // long is the length of one that was refused, else that of the longest

	at      int   // of the steps of a proof: nothing, control, suspect
	proven  int   // connections that have broken at the suspect, and at nothing else
	far     bool  // the control is not the next message but a short one further behind
	size    int   // that the suspect is cut to; 0: it is whole
	sizes   []int // yet to be tried
	verdict verdict
}

// stage is what a doubt is about.
type stage int

const (
	noDoubt    stage = iota
	searching        // for the suspect
	proving          // that it is the suspect which breaks connections
	cutting          // it, to a size that passes
	confirming       // that the server takes others, before the suspect is set aside
)

// verdict is why nothing can be proven.
type verdict int

const (
	noVerdict     verdict = iota
	closesAlone           // the server closes connections that nothing was sent over
	nothingPasses         // it closes them whichever message it gets
	noOther               // there is no message behind the suspect to compare it with
	isPostponed           // a message is proven to be refused, but must not be passed over yet
)

// trial is what a session gets next.
type trial int

const (
	sendRun     trial = iota // messages in their order, step at most
	sendNothing              // nothing: it is to stand
	sendControl              // a message from behind the suspect, which is sent again in its turn
)

// finding is what follows from a trial.
type finding int

const (
	goOn     finding = iota
	cleared          // all messages among which one was looked for have passed
	suspect          // the message that was sent alone may be the one
	innocent         // the suspect has passed
	cut              // the suspect is refused, and was taken when cut to size
	aside            // the suspect is refused, whatever its size
	waits            // nothing is proven; see verdict
)

const (
	breakLimit = 3
	proofs     = 2
	wholeRun   = math.MaxInt32
	behindOne  = 16 // messages of the first run behind one that was refused
	growth     = 64 // of runs that pass, while it is not known how many messages are meant
)

// cutSizes are what a message is cut to: what rsyslog, RFC 5424 (6.1: should) and RFC 5424
// (6.1: must) have a server take.
var cutSizes = []int{8192, 2048, 480}

const patienceMax = 8 * time.Second

// isOn reports whether sessions get a few messages at a time.
func (d *doubt) isOn() bool { return d.stage != noDoubt }

// broke counts a session that has broken outside of trials. given is all that it had been
// given, orderly that it had taken that, and ended in good order. It reports whether that was
// the last one before trials begin, with messages of which the longest had so many bytes.
func (d *doubt) broke(given spool.Positions, stood time.Duration, orderly bool, longest int) bool {
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
	d.search()
	return true
}

// gone takes in that the server that has closed a connection cannot be connected to. It has
// ended, whatever it was sent; unless it is proven by now that it does so at one message.
func (d *doubt) gone() {
	if d.stage >= proving && d.proven > 0 {
		return
	}
	if d.place != nil {
		d.deaths++
	}
	d.breaks, d.patience = 0, 0 // it was not that it hangs up slowly
	d.stage, d.verdict = noDoubt, noVerdict
}

// progress ends all doubt: the place is behind us. What was refused stays known.
func (d *doubt) progress() {
	*d = doubt{long: d.long, refused: d.refused}
	if !d.refused {
		d.long = 0
	}
}

// search begins with one message: where that does not pass, nothing may.
func (d *doubt) search() {
	d.stage, d.known, d.step = searching, false, 1
	d.patience = max(d.patience, standFor)
}

// lone begins trials because of a message that is as long as one that was refused.
func (d *doubt) lone() {
	d.search()
	d.step = wholeRun
}

// connected says that the next trial is the first one of a session.
func (d *doubt) connected() {
	d.at = 0
	if d.stage == noDoubt && d.verdict != noVerdict && !d.orderly {
		d.search()
	}
}

func (d *doubt) next() trial {
	if d.stage == proving || d.stage == confirming {
		return [...]trial{sendNothing, sendControl, sendRun}[d.at]
	}
	return sendRun
}

// run is how many messages the next run may have, and whether those with long bytes go alone.
func (d *doubt) run() (messages, long int) {
	if d.stage == searching {
		return d.step, d.long
	}
	return 1, 0
}

// passed takes in that a trial's messages were taken, and the session stood behind them for
// patience. end: there is nothing behind them. lone: it was one message of long bytes.
func (d *doubt) passed(messages int, end, lone bool) finding {
	if d.next() != sendNothing {
		d.verdict = noVerdict
	}
	switch d.stage {
	case searching:
		return d.narrow(messages, end, lone)
	case proving:
		if d.at++; d.at < 3 {
			return goOn
		}
		d.again()
		d.search()
		return innocent
	case cutting:
		d.rule()
		return cut
	case confirming:
		if d.at++; d.at < 2 {
			return goOn
		}
		d.rule()
		return aside
	}
	return goOn
}

// narrow takes in a run that has passed.
func (d *doubt) narrow(messages int, end, lone bool) finding {
	if lone {
		d.long, d.refused = 0, false // it is not the length
	}
	d.few -= messages
	if end || d.known && d.few <= 0 {
		d.again()
		d.stage = noDoubt
		return cleared
	}
	if d.known {
		d.step = max(1, d.few/2)
	} else if d.step < wholeRun && !lone {
		d.step *= growth
	}
	return goOn
}

// again has the next trials wait longer: what was in doubt has passed, or seems to have.
func (d *doubt) again() { d.patience = min(2*d.patience, patienceMax) }

// rule ends the trials of a suspect that was refused. Others may be close behind it.
func (d *doubt) rule() {
	d.stage, d.known, d.step = searching, false, behindOne
}

// hungUp takes in that the session has broken in a trial, when so many messages had been sent
// and had not passed.
func (d *doubt) hungUp(messages int, orderly bool) finding {
	d.orderly = d.orderly && orderly
	switch d.stage {
	case searching:
		switch messages {
		case 0:
			return d.wait(closesAlone)
		case 1:
			d.stage, d.proven, d.far, d.size = proving, 0, false, 0
			return suspect
		}
		d.known, d.few, d.step = true, messages, max(1, messages/2)
	case proving:
		if d.at == 2 {
			if d.proven++; d.proven == proofs {
				d.stage = cutting
				d.smaller()
			}
			return goOn
		}
		return d.others()
	case cutting:
		d.smaller()
	case confirming:
		return d.others()
	}
	return goOn
}

// others takes in that the session has broken before the suspect was sent over it.
func (d *doubt) others() finding {
	switch {
	case d.at == 0:
		return d.wait(closesAlone)
	case !d.far:
		d.far = true // the next one may be a message of the same kind
		return goOn
	}
	return d.wait(nothingPasses)
}

// smaller has the suspect cut to the next size, or set aside.
func (d *doubt) smaller() {
	if len(d.sizes) == 0 {
		d.stage, d.far = confirming, false
		return
	}
	d.size, d.sizes = d.sizes[0], d.sizes[1:]
}

// of says how long the suspect is, and which sizes its header fits into. Only what is shorter
// is a cut.
func (d *doubt) of(length int, fits func(size int) bool) {
	d.sizes = slices.DeleteFunc(slices.Clone(cutSizes), func(size int) bool { return size >= length || !fits(size) })
}

// isRefused notes the length of a message that was refused, so that others of that length go
// alone at once.
func (d *doubt) isRefused(length int) {
	if !d.refused || length < d.long {
		d.long, d.refused = length, true
	}
}

// wait ends the trials without a result. They begin anew with the next session; where every
// connection took what it got, and ended in good order, that one is without trials.
func (d *doubt) wait(why verdict) finding {
	d.verdict = why
	d.search()
	if d.orderly {
		d.stage = noDoubt
	}
	return waits
}
