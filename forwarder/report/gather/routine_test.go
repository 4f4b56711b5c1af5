package gather

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/report"
	"httpd-syslog/forwarder/seal"
)

// beats has a host's heartbeats come every five minutes, from and to minutes behind noon.
func (b *bench) beats(host string, from, to int, clock string, delay time.Duration) {
	b.t.Helper()
	one := b.m.Routine(host)
	for minutes := from; minutes < to; minutes += 5 {
		h := seal.Heartbeat{
			Clock: seal.Clock{State: clock}, Relays: []seal.Relay{{Name: "central", Delay: delay}}, Writers: []event.Range{{Writer: "1-019ac2f4a1b9f3a4", First: 1, Last: 5}},
		}
		if clock == "synchronised" {
			h.Clock.Error = time.Duration(minutes-from) * time.Millisecond
		}
		text := h.Event()
		told, ok := event.Parse(text.String())
		if !ok {
			b.t.Fatalf("%q", text)
		}
		b.n++
		one.Heartbeat(noon.Add(time.Duration(minutes)*time.Minute), Place{"/log/" + host, int64(b.n)}, &told)
	}
	b.m.AddRoutine(one)
}

// serve has a host be one with a service.
func (b *bench) serve(host string) {
	b.tell(host, -12*60, event.ServiceBegin.With("version", "1", "pid", 7, "writer", "w", "binary", "b", "digest", "d", "cards", "truncate"))
}

func (b *bench) end(host string, minutes int) {
	b.tell(host, minutes, event.ServiceEnd.With("pid", 7, "writer", "w", "last", 0, "last_event", 9))
}

const day = 12 * 60

// TestCoverage: a time of which nothing is known is open, unless it is known why.
func TestCoverage(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		happen func(b *bench)
		open   string
		over   string
		say    string
	}{
		"all the day": {func(b *bench) { b.serve("a"); b.beats("a", -day, day, "synchronised", 0) }, "", "", ""},
		"silence": {func(b *bench) {
			b.serve("a")
			b.beats("a", -day, 0, "synchronised", 0)
			b.beats("a", 60, day, "synchronised", 0)
		}, "not_covered a", "", "nothing is known from 2026-03-10 11:55:00 to 2026-03-10 13:00:00"},
		"read the other way round": {func(b *bench) {
			b.serve("a")
			b.beats("a", 60, day, "synchronised", 0)
			b.beats("a", -day, 0, "synchronised", 0)
		}, "not_covered a", "", "nothing is known from 2026-03-10 11:55:00 to 2026-03-10 13:00:00"},
		"two copies": {func(b *bench) {
			b.serve("a")
			b.beats("a", -day, 30, "synchronised", 0)
			b.beats("a", 0, day, "synchronised", 0)
		}, "", "", ""},
		"the service was away": {func(b *bench) {
			b.serve("a")
			b.beats("a", -day, 0, "synchronised", 0)
			b.end("a", 1)
			b.beats("a", 60, day, "synchronised", 0)
		}, "", "not_covered a", "the service had ended"},
		"the service has not come back": {func(b *bench) {
			b.serve("a")
			b.beats("a", -day, 0, "synchronised", 0)
			b.end("a", 1)
		}, "", "not_covered a", "the service had ended"},
		"nothing any more": {func(b *bench) { b.serve("a"); b.beats("a", -day, 0, "synchronised", 0) }, "not_covered a", "", "nothing is known from 2026-03-10 11:55:00 to 2026-03-11 00:00:00"},
		"nothing yet": {func(b *bench) {
			b.tell("a", -1, event.ServiceBegin.With("version", "1", "pid", 7, "writer", "w", "binary", "b", "digest", "d", "cards", "truncate"))
			b.beats("a", 0, day, "synchronised", 0)
		}, "not_covered a", "", "nothing is known from 2026-03-10 00:00:00"},
		"a new host": {func(b *bench) {
			b.tell("a", -1, event.SealChain.With("chain", "x"))
			b.tell("a", -1, event.ServiceBegin.With("version", "1", "pid", 7, "writer", "w", "binary", "b", "digest", "d", "cards", "truncate"))
			b.beats("a", 0, day, "synchronised", 0)
		}, "", "not_covered a", "its log begins"},
		"no service, no heartbeats": {func(b *bench) { b.tell("a", 0, event.LogRotated.With("file", "f")) }, "", "", ""},
		"a clock that is not right": {func(b *bench) {
			b.serve("a")
			b.beats("a", -day, 0, "synchronised", 0)
			b.beats("a", 0, day, "unsynchronised", 0)
		}, "clock a", "", "2026-03-10 12:00:00 to 2026-03-10 23:55:00, and so to the last heartbeat"},
		"a clock that was not right": {func(b *bench) {
			b.serve("a")
			b.beats("a", -day, 0, "unsynchronised", 0)
			b.beats("a", 0, day, "synchronised", 0)
		}, "", "clock a", "2026-03-10 00:00:00 to 2026-03-10 11:55:00"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, nil)
			c.happen(b)
			r := b.m.Report()
			if got := strings.Join(open(r), ", "); got != c.open {
				t.Errorf("open: %q, not %q", got, c.open)
			}
			if got := strings.Join(settled(r), ", "); got != c.over {
				t.Errorf("over: %q, not %q", got, c.over)
			}
			if len(r.Exceptions) > 0 && !strings.Contains(r.Exceptions[0].Say, c.say) {
				t.Errorf("%q", r.Exceptions[0].Say)
			}
		})
	}
}

// TestFigures of heartbeats: the greatest delay, and the greatest error of the clock, with their events.
func TestFigures(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	b.serve("a")
	b.beats("a", -day, day, "synchronised", 3*time.Second)
	b.beats("b", 0, 10, "synchronised", 7*time.Second)
	b.beats("b", 25*60, 26*60, "synchronised", time.Hour) // behind the period
	r := b.m.Report()
	for code, want := range map[string]string{
		"delay": "the greatest delay of a line was 7s, outages included: relay central of b", "clock_error": "was 1.435s, at a", "clock": "at each heartbeat",
	} {
		s := find(t, r, code)
		if !strings.Contains(s.Say, want) || len(s.Refs) == 0 || s.Refs[0].Code != "deliverer.heartbeat" {
			t.Errorf("%s: %q, %+v", code, s.Say, s.Refs)
		}
	}
}

// find is a statement of a requirement.
func find(t *testing.T, r *report.Report, code string) report.Statement {
	t.Helper()
	for _, q := range r.Requirements {
		for _, s := range q.Statements {
			if s.Code == code {
				return s
			}
		}
	}
	t.Fatalf("nothing is said of %s", code)
	return report.Statement{}
}

// TestZones: days are those of the report's zone, and the period's end may be open.
func TestZones(t *testing.T) {
	t.Parallel()
	east := time.FixedZone("east", 9*3600)
	b := newBench(t, func(o *Options) { o.Zone, o.From, o.To = east, time.Time{}, time.Time{} })
	b.tell("a", 2*60, event.CardsFound.With("count", 1, "network", "visa", "stream", "access"))
	b.tell("a", 4*60, event.CardsFound.With("count", 1, "network", "visa", "stream", "access"))
	b.tell("a", 25*60, event.LogRotated.With("file", "f")) // in the future
	r := b.m.Report()
	if want := "on 2 days (2026-03-10 to 2026-03-11)"; !strings.Contains(r.Exceptions[0].Say, want) {
		t.Errorf("%q", r.Exceptions[0].Say)
	}
	if want := "2026-03-10 23:00:00 to 2026-03-11 01:00:00, host a, 2 events: 1 thing is open."; r.Sentence() != want || r.ZoneName != "east (UTC+09:00)" {
		t.Errorf("%q, %s", r.Sentence(), r.ZoneName)
	}
}

// TestRetention: how old the youngest removed file was, and what that says.
func TestRetention(t *testing.T) {
	t.Parallel()
	b := newBench(t, func(o *Options) { o.From = o.From.AddDate(-1, 0, 0) })
	for i, age := range []int{400, 30, 365} {
		b.tell("a", i, event.RotatedRemoved.With("file", "f", "time", noon.AddDate(0, 0, -age).Format(time.RFC3339), "bytes", 1, "why", "keep_size"))
	}
	b.tell("a", 5, event.RotatedRemoved.With("file", "f", "time", "never", "bytes", 1, "why", "keep_size"))
	r := b.m.Report()
	s := find(t, r, "removed")
	if s.Say != "3 files of local logs were removed; the youngest, at a, had been rotated 30 days before" || len(s.Refs) != 1 || s.Refs[0].Line != 2 || s.More != 2 {
		t.Errorf("%+v", s)
	}
}

// TestVerdicts: every requirement is there, in the order of the standard, and what is in part says what is missing.
func TestVerdicts(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	b.serve("a")
	b.tell("a", 0, event.LogRotated.With("file", "f"))
	b.tell("b", 0, event.LogRotated.With("file", "f"))
	b.m.Found(File{Path: "/log/a", Owner: "root", Group: "adm", Mode: 0o640})
	b.m.Found(File{Path: "/log/b", Owner: "root", Group: "adm", Mode: 0o646})
	b.m.Found(File{Path: "/log", Owner: "root", Group: "adm", Mode: 0o755 | 1<<31})
	r := b.m.Report()
	var all []string
	for _, q := range r.Requirements {
		all = append(all, q.Number+" "+string(q.Verdict))
		if q.Verdict != report.Shown && len(q.Missing) == 0 {
			t.Errorf("%s is %s, and does not say what is missing", q.Number, q.Verdict)
		}
	}
	const want = "3.3.1, 3.5.1 in part|10.2.1.6 shown here|10.2.2 yours|10.3.1, 10.3.2 in part|10.3.3 in part|10.3.4 in part|10.4 yours|10.5.1 in part|10.6 in part|10.7.2, 10.7.3 shown here"
	if got := strings.Join(all, "|"); got != want {
		t.Errorf("%s", got)
	}
	if got := strings.Join(open(r), ", "); got != "access " {
		t.Errorf("open: %q", got)
	}
	if s := find(t, r, "owners"); s.Say != "1 file: owner root, group adm, mode 0640" {
		t.Errorf("%q", s.Say)
	}
}

// TestCentralSeals: how often a central server has sealed its files, in the period.
func TestCentralSeals(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	b.serve("log1")
	one := b.m.Routine("log1")
	for i, minutes := range []int{0, 1, 24 * 60} { // the last one is behind the period
		one.Central(noon.Add(time.Duration(minutes)*time.Minute), Place{"/log/audit_log", int64(i)})
	}
	b.m.AddRoutine(one)
	b.m.AddRoutine(b.m.Routine("log1"))
	if s := find(t, b.m.Report(), event.SealCentral.Code); !strings.Contains(s.Say, "lines of other programs too, 2 times") || len(s.Refs) != 2 {
		t.Errorf("%+v", s)
	}
}

// TestTimes: how often something has happened is said, with its events, under the requirement that it belongs to.
func TestTimes(t *testing.T) {
	t.Parallel()
	for say, kinds := range map[string][]*event.Kind{
		"10.2.1.6: the service began %s":                                                 {&event.ServiceBegin},
		"10.2.1.6: the service ended in good order %s":                                   {&event.ServiceEnd},
		"10.2.1.6: a deliverer without the service began %s":                             {&event.DelivererBegin},
		"10.2.1.6: the logging of a stream began %s":                                     {&event.IntakeBegin, &event.InletBegin},
		"10.2.1.6: the logging of a stream ended in good order %s":                       {&event.IntakeEnd, &event.InletEnd},
		"10.2.1.6: a writer was gone without a word %s":                                  {&event.WriterGone},
		"10.2.1.6: a changed configuration came into force %s":                           {&event.ConfigLoaded},
		"10.2.1.6: a configuration was rejected, and the one before stayed in force, %s": {&event.ConfigRejected},
		"10.2.1.6: a relay or the log directory was changed %s":                          {&event.ConfigRelayAdded, &event.ConfigRelayRemoved, &event.ConfigLogDir},
		"10.2.1.6: a local file was rotated %s":                                          {&event.LogRotated},
		"10.2.1.6: seals began, or were turned off, %s":                                  {&event.SealChain, &event.SealOff},
		"3.3.1, 3.5.1: files were scanned for card numbers %s":                           {&event.CardsScanned, &event.CardsScanFound},
		"10.3.3: a sender was silent at a collector %s":                                  {&event.HostSilent},
		"10.3.4: verify found nothing %s":                                                {&event.VerifyOK},
		"10.3.4: verify had findings %s":                                                 {&event.VerifyFound},
		"10.3.4: verify could not check all %s":                                          {&event.VerifyUnchecked},
		"10.3.4: a rotated file was read again, and was as it was sealed, %s":            {&event.SealRotated},
		"10.3.4: a rotated file was read again, and was not as it was sealed, %s":        {&event.SealDiffers},
		"10.5.1: a file of a collector was removed, or packed, for its age %s":           {&event.CollectRemoved},
		"10.6: a clock went forward %s":                                                  {&event.ClockForward},
		"10.6: a clock went back %s":                                                     {&event.ClockBack},
		"10.6: a time zone was changed %s":                                               {&event.ZoneChanged},
	} {
		b := newBench(t, nil)
		for n := 1; n <= 1+len(kinds); n++ {
			kind := kinds[(n-1)%len(kinds)]
			var pairs []any
			for _, name := range kind.Keys() {
				pairs = append(pairs, name, n)
			}
			e := kind.With(pairs...)
			if kind.Begins || kind.Single {
				e = e.Of(fmt.Sprintf("019ac2f4a1b9f3a1.%d", n))
			}
			b.tell("a", n, e)
			want := fmt.Sprintf(say, map[bool]string{true: "once", false: fmt.Sprint(n, " times")}[n == 1])
			var found []report.Ref
			for _, q := range b.m.Report().Requirements {
				for _, s := range q.Statements {
					if strings.HasPrefix(q.Number+": "+s.Say, want) && (len(s.Say) == len(want)-len(q.Number+": ") || kind == &event.VerifyOK) {
						found = s.Refs
					}
				}
			}
			if len(found) != n || found[n-1].Code != kind.Code {
				t.Errorf("%q rests on %+v", want, found)
			}
		}
	}
}
