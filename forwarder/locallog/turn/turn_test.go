package turn

import (
	"errors"
	"testing"
	"time"

	"httpd-syslog/forwarder/idle"
)

// TestTroubleIsToldOnce: and that it is over when it has been so for a while, or at the end. Time is fake.
func TestTroubleIsToldOnce(t *testing.T) {
	t.Parallel()
	failed := errors.New("no space left")
	type step struct {
		after              time.Duration
		err                error
		skipping, lastStep bool
		want               Turn
	}
	for name, steps := range map[string][]step{
		"well":                {{0, nil, false, false, Nothing}, {idle.Tick, nil, false, true, Nothing}},
		"once":                {{0, failed, false, false, Begins}, {idle.Tick, failed, false, false, Nothing}, {idle.Tick, nil, false, false, Over}},
		"some lines go":       {{0, failed, false, false, Begins}, {1, nil, false, false, Nothing}, {1, failed, false, false, Nothing}, {idle.Tick - 1, nil, false, false, Nothing}, {1, nil, false, false, Over}},
		"lines are left out":  {{0, failed, false, false, Begins}, {idle.Tick, nil, true, false, Nothing}, {idle.Tick, nil, true, true, Nothing}, {1, nil, false, false, Nothing}, {idle.Tick, nil, false, false, Over}},
		"leaving out is none": {{0, nil, true, false, Nothing}, {idle.Tick, nil, false, false, Nothing}},
		"over at the end":     {{0, failed, false, false, Begins}, {1, nil, false, true, Over}},
		"it comes once more":  {{0, failed, false, false, Begins}, {idle.Tick, nil, false, false, Over}, {1, failed, false, false, Begins}},
		"not over at the end": {{0, failed, false, false, Begins}, {idle.Tick, failed, false, true, Nothing}},
	} {
		tr := Trouble{Calm: idle.Tick}
		now := time.Now()
		for i, s := range steps {
			now = now.Add(s.after)
			if got := tr.Note(s.err, s.skipping, s.lastStep, now); got != s.want || tr.Blocked != (s.err != nil) {
				t.Errorf("%s: step %d: %v, want %v; blocked: %t", name, i, got, s.want, tr.Blocked)
			}
		}
	}
}

// TestTroubleFromBefore: a trouble that a process before has told of is not told again, and is over as any other.
func TestTroubleFromBefore(t *testing.T) {
	for _, err := range []error{nil, errors.New("no space left")} {
		tr := Trouble{Calm: idle.Tick}
		now := time.Now()
		tr.Resume(now)
		if got := tr.Note(err, false, false, now.Add(idle.Tick-1)); got != Nothing {
			t.Errorf("%v: %v", err, got)
		}
		if got := tr.Note(nil, false, false, now.Add(2*idle.Tick)); got != Over {
			t.Errorf("%v, and then well: %v", err, got)
		}
	}
}
