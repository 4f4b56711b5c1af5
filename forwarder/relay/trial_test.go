package relay

import (
	"testing"
	"time"

	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/spool/frame"
	"httpd-syslog/forwarder/statedir"
)

// TestDoubtIsOfOneServer: what was found out about a message at one server says nothing of another
// one, where the search begins anew; another session with the same server goes on with it.
func TestDoubtIsOfOneServer(t *testing.T) {
	r := &Relay{trials: newTrials(statedir.Dir(t.TempDir()), "central", testTiming)}
	r.doubtOf("tcp://a:514")
	for range 3 {
		r.doubt.Broke(spool.Positions{}, 0, false, 1)
	}
	r.doubtOf("tcp://a:514")
	r.doubt.HungUp(1, false, 0)
	if !r.doubt.IsAboutSuspect() {
		t.Fatal("there is no suspect")
	}
	r.doubtOf("tcp://a:514")
	if !r.doubt.IsAboutSuspect() {
		t.Error("another session with the same server begins anew")
	}
	r.doubtOf("tcp://b:514")
	if !r.doubt.IsOn() || r.doubt.IsAboutSuspect() {
		t.Errorf("at another server: in doubt %v, about the suspect %v", r.doubt.IsOn(), r.doubt.IsAboutSuspect())
	}
}

// TestDoubtEnds: when what lies before the place of the breaks is safe, or a session has stood behind it for long
// enough; a spool file that has gone meanwhile does not keep it up.
func TestDoubtEnds(t *testing.T) {
	t.Parallel()
	state := stateDir(t)
	c := spooledLines(t, state, 2)
	file := c.Files()[0].ID
	end := c.Ends()[file]
	place := func() spool.Positions {
		return spool.Positions{file: end, frame.FileID{Writer: file.Writer, Number: file.Number + 9}: {Offset: 5}}
	}
	now := time.Now()
	for _, tt := range []struct {
		name           string
		accepted, safe spool.Position
		session        bool
		over, later    bool // at once, and steadyFor later
	}{
		{"nothing is accepted", spool.Position{}, spool.Position{}, true, false, false},
		{"it is accepted", end, spool.Position{}, true, false, true},
		{"it is accepted, and there is no session", end, spool.Position{}, false, false, false},
		{"it is safe", end, end, false, true, true},
	} {
		r := newFakeRelay(t, state, c, &fakeServer{}, Options{})
		if tt.session {
			r.session = &nullSession{breakage: newBreakage()}
		}
		r.window.Accepted()[file], r.window.Safe()[file] = tt.accepted, tt.safe
		r.doubt.Broke(place(), time.Second, false, 10)
		r.told = true
		r.doubtEnds(now)
		if over := r.doubt.Place() == nil; over != tt.over || r.told == tt.over || r.record.dirty != tt.over {
			t.Errorf("%s: over: %t, told: %t, to be recorded: %t", tt.name, over, r.told, r.record.dirty)
		}
		r.doubtEnds(now.Add(steadyFor - 1))
		if over := r.doubt.Place() == nil; over != tt.over {
			t.Errorf("%s: over before it is time: %t", tt.name, over)
		}
		r.doubtEnds(now.Add(steadyFor))
		if over := r.doubt.Place() == nil; over != tt.later || r.record.dirty != tt.later {
			t.Errorf("%s: over in the end: %t", tt.name, over)
		}
	}
}

// TestMessageThatGoesAlone: a message as long as one that was refused begins trials, and is read again within them.
func TestMessageThatGoesAlone(t *testing.T) {
	t.Parallel()
	state := stateDir(t)
	r := newFakeRelay(t, state, spooledLines(t, state, 3), &fakeServer{}, Options{})
	r.ending.Stop = t.Context()
	if !r.use(&nullSession{breakage: newBreakage()}) {
		t.Fatal("no session")
	}
	defer r.renewal.Stop()
	r.doubt.IsRefused(50)
	first, err := r.reader.Next()
	if err != nil || first == nil {
		t.Fatal(err)
	}
	start := first.Start
	if err := r.doubtNext(); err != nil || !r.doubt.IsOn() {
		t.Errorf("in doubt: %t, %v", r.doubt.IsOn(), err)
	}
	if messages, long := r.doubt.Run(); messages < 1000 || long != 50 {
		t.Errorf("a run of %d messages, of which those of %d bytes go alone", messages, long)
	}
	if again, err := r.reader.Next(); err != nil || again == nil || again.Start != start {
		t.Errorf("read on behind the message: %+v, %v", again, err)
	}
}
