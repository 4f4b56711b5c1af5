package event

import (
	"fmt"
	"strings"

	"httpd-syslog/forwarder/fault"
	"httpd-syslog/forwarder/syslogfmt"
)

// Kind is what events of one code have in common. Kinds are variables of this package, made by
// the table alone.
type Kind struct {
	Code     string
	Severity syslogfmt.Severity
	// Sentence is what it says, with keys in braces where their values stand.
	Sentence string
	// More are keys, with blanks between them, that the sentence does not have.
	More string
	// Meaning is for the manual: what has happened, and what is to be done. It may be empty.
	Meaning string

	// Begins says that it begins an incident, which goes on until an event tells that it is over.
	Begins bool
	// Ends is the kind that has begun what this one ends; nil for most.
	Ends *Kind
	// During is the kind that has begun what this one belongs to, without ending it; nil for most.
	During *Kind
	// Single says that it is an incident by itself: one event, that nothing ends, and that people note on.
	Single bool
	// Routine says that it comes all the time, and says nothing to a person: a journal goes without.
	Routine bool
	// Accounts says what the numbers in the block account for.
	Accounts Account
}

// Account is what has become of the numbers that an event names: by it a program decides whether
// a hole, or a line that was changed, is explained.
type Account uint8

// What numbers can account for.
const (
	// Nothing: the block has no numbers of lines, or accounts for none.
	Nothing Account = iota
	// Lost: nobody has these lines, or events, any more.
	Lost
	// LostToRelay: the servers of the block's relay do not get them.
	LostToRelay
	// LeftOut: the local files do not have them.
	LeftOut
	// Cut: they have lost their end everywhere, and end with a mark that says so.
	Cut
	// CutByRelay: likewise, at the servers of the block's relay alone.
	CutByRelay
	// Missing: a collector does not have them, and nobody has said why.
	Missing
	// Given: they were given so far, by writers that go on.
	Given
	// Begun: the block's writer has begun to give numbers, from 1.
	Begun
	// Ended: the block's writer gives no number above the block's last any more; but for the event log of
	// a service, of which events that it tells while it drains have higher ones.
	Ended
)

// HasRanges reports whether ranges of numbers stand in the block.
func (a Account) HasRanges() bool { return Lost <= a && a <= Given }

// Keys are the names of what With wants, in the order in which the block has them.
func (k *Kind) Keys() []string {
	var keys []string
	for _, piece := range strings.Split(k.Sentence, "{")[1:] {
		name, _, _ := strings.Cut(piece, "}")
		keys = append(keys, name)
	}
	return append(keys, strings.Fields(k.More)...)
}

// With is an event of the kind with values for its keys: name, value, name, value. Values are
// printed as fmt.Sprint does. The names are constants of the source.
func (k *Kind) With(namesAndValues ...any) Event {
	e := Event{Kind: k}
	for i := 0; i+1 < len(namesAndValues); i += 2 {
		e.Pairs = append(e.Pairs, Pair{namesAndValues[i].(string), fmt.Sprint(namesAndValues[i+1])})
	}
	return e
}

// IsTrouble reports whether the kind is for what fails again and again: its sentence ends with
// the cause, and the one of the kind that ends it with how long it has taken.
func (k *Kind) IsTrouble() bool {
	return k.Begins && strings.HasSuffix(k.Sentence, toldCause) && strings.HasSuffix(k.End().Sentence, toldOver)
}

const toldCause, toldOver = ": {cause}", ": over after {after}"

// Subject is the key of what a trouble is about, such as "relay", or of what has ended one; empty:
// there is one at a time.
func (k *Kind) Subject() string {
	if key := k.Keys()[0]; key != "cause" && key != "after" {
		return key
	}
	return ""
}

// Trouble is the sentence of a trouble without its cause. subject is the value of its Subject.
func (k *Kind) Trouble(subject string) string {
	e := Event{Kind: &Kind{Sentence: strings.TrimSuffix(k.Sentence, toldCause)}, Pairs: []Pair{{k.Subject(), subject}}}
	var b strings.Builder
	e.sentence(&b, maxValue)
	return b.String()
}

// End is the kind that ends what k begins.
func (k *Kind) End() *Kind {
	for _, end := range Kinds() {
		if end.Ends == k {
			return end
		}
	}
	panic("event: nothing ends " + k.Code) // TestTable holds that there is one
}

// told is the kind whose code and sentence are written.
func told(k *Kind) *Kind {
	if fault.Muted(k.Code) {
		return &Kind{Code: "test.muted", Sentence: "something"}
	}
	return k
}
