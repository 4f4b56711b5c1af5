package relay

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/spool/frame"
	"httpd-syslog/forwarder/statedir"
	"httpd-syslog/forwarder/transport"
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

// TestTrialsBeginWithWhatIsThere: what was encoded before trials begin is sent first, and where that cannot be done the
// session has broken.
func TestTrialsBeginWithWhatIsThere(t *testing.T) {
	t.Parallel()
	for _, broken := range []error{nil, errors.New("reset")} {
		state := stateDir(t)
		r := newFakeRelay(t, state, spooledLines(t, state, 3), &fakeServer{}, Options{})
		r.ending.Stop = t.Context()
		session := &nullSession{breakage: newBreakage()}
		if !r.use(session) {
			t.Fatal("no session")
		}
		defer r.renewal.Stop()
		f, err := r.reader.Next()
		if err != nil || f == nil {
			t.Fatal(err)
		}
		if err := r.encode(f); err != nil {
			t.Fatal(err)
		}
		if broken != nil {
			session.fail(broken)
		}
		if err := r.doubtNext(); err != broken || (session.n > 0) != (broken == nil) || !r.doubt.IsOn() {
			t.Errorf("%v, %d bytes were sent; want %v", err, session.n, broken)
		}
	}
}

// takingSession takes all that it was given at a time.
type takingSession struct {
	nullSession
	at       time.Time
	evidence transport.Evidence
}

func (s *takingSession) Accepted() uint64 {
	if time.Now().Before(s.at) {
		return 0
	}
	return s.n
}
func (s *takingSession) Evidence() transport.Evidence { return s.evidence }

// TestPassingIsAwaited: a run has passed when the server has taken it, and, where it does not answer, has not hung up for a
// while after that. Meanwhile it is looked about once a second whether to go on. Time is fake.
func TestPassingIsAwaited(t *testing.T) {
	t.Parallel()
	given, reset := errors.New("given up"), errors.New("reset")
	for name, tt := range map[string]struct {
		takes, breaks, stops, cancels time.Duration // 0: at once; never
		evidence                      transport.Evidence
		givesUp                       int // at which look; 0: at none
		looks                         int
		want                          error
	}{
		"at once, by an answer":           {evidence: transport.Answering},
		"at once, as far as can be told":  {evidence: transport.Standing},
		"after a while":                   {takes: 3500 * time.Millisecond, evidence: transport.Answering, looks: 3},
		"it is given up":                  {takes: time.Minute, evidence: transport.Answering, givesUp: 2, looks: 2, want: given},
		"it hangs up before it has taken": {takes: time.Minute, breaks: 500 * time.Millisecond, want: reset},
		"it hangs up behind that":         {breaks: time.Millisecond, evidence: transport.Standing, want: reset},
		"the relay is to stop":            {takes: time.Minute, stops: 500 * time.Millisecond, want: errDraining},
		"the relay ends":                  {takes: time.Minute, cancels: 500 * time.Millisecond, want: context.Canceled},
	} {
		t.Run(name, func(t *testing.T) {
			state := stateDir(t)
			synctest.Test(t, func(t *testing.T) {
				r := newFakeRelay(t, state, spooledLines(t, state, 10), &fakeServer{}, Options{Rewind: time.Hour, RewindBytes: 1 << 30})
				stopped, stop := context.WithCancel(t.Context())
				ctx, cancel := context.WithCancel(t.Context())
				defer func() { stop(); cancel() }()
				r.ending.Stop = stopped
				session := &takingSession{nullSession{breakage: newBreakage()}, time.Now().Add(tt.takes), tt.evidence}
				if !r.use(session) {
					t.Fatal("no session")
				}
				defer r.renewal.Stop()
				looks := 0
				r.doubt.Search()
				r.waiting = func() error { return nil }
				if messages, end, err := r.sendRun(); messages == 0 || err != nil {
					t.Fatalf("%d messages, to the end %v, %v", messages, end, err)
				}
				r.waiting = func() error {
					if looks++; looks == tt.givesUp {
						return given
					}
					return nil
				}
				for d, do := range map[time.Duration]func(){tt.breaks: func() { session.fail(reset) }, tt.stops: stop, tt.cancels: cancel} {
					if d > 0 {
						time.AfterFunc(d, do)
					}
				}
				began := time.Now()
				err := r.awaitPassing(ctx)
				took := time.Since(began)
				if !errors.Is(err, tt.want) || err != nil && tt.want == nil || looks != tt.looks {
					t.Errorf("%v, looked %d times; want %v", err, looks, tt.want)
				}
				if tt.want != nil {
					return
				}
				patience := time.Duration(0)
				if tt.evidence == transport.Standing {
					patience = r.doubt.Patience()
				}
				if took < tt.takes+patience || took > tt.takes+patience+20*time.Millisecond || !r.window.AllAccepted() { // fake time
					t.Errorf("it has taken %v, all accepted: %v", took, r.window.AllAccepted())
				}
			})
		})
	}
}
