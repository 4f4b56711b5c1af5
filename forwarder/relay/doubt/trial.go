package doubt

// stage is what a doubt is about.
type stage int

const (
	noDoubt    stage = iota
	searching        // for the suspect
	proving          // that it is the suspect which breaks connections
	cutting          // the suspect, to a size that passes
	confirming       // that the server takes other messages, before the suspect is set aside
)

// Verdict is why nothing can be proven.
type Verdict int

const (
	// NoVerdict: something can be proven, or why not is not known.
	NoVerdict Verdict = iota
	// ClosesAlone: the server closes connections that nothing was sent over.
	ClosesAlone
	// NothingPasses: the server closes connections whichever message it gets.
	NothingPasses
	// NoOther: there is no message behind the suspect to compare it with.
	NoOther
	// IsPostponed: a message is proven to be refused, but must not be passed over yet.
	IsPostponed
)

// Trial is what a session gets next.
type Trial int

const (
	// SendRun: messages in their order, as many as Run allows.
	SendRun Trial = iota
	// SendNothing: no message, to see whether the session stands without one.
	SendNothing
	// SendControl: a message from behind the suspect, which is sent again in its turn.
	SendControl
)

// Finding is what follows from a trial.
type Finding int

const (
	// GoOn: the next trial.
	GoOn Finding = iota
	// Cleared: all messages among which the refused one was searched have passed.
	Cleared
	// Suspect: the message that was sent alone may be the refused one. See SuspectIs.
	Suspect
	// Innocent: the suspect has passed.
	Innocent
	// Cut: the suspect is refused, and was taken when cut to Size.
	Cut
	// Aside: the suspect is refused, whatever its size.
	Aside
	// Waits: nothing is proven; see Verdict.
	Waits
)
