package gather

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/report"
)

var noon = time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)

const ours, hers = "019ac2f4a1b9f3a1.1", "019ac2f4a1b9f3a2.1"

// bench makes reports of a few events.
type bench struct {
	t *testing.T
	m *Maker
	n uint64
}

func newBench(t *testing.T, change func(*Options)) *bench {
	o := Options{From: noon.Add(-12 * time.Hour), To: noon.Add(12 * time.Hour), Now: noon.Add(24 * time.Hour)}
	if change != nil {
		change(&o)
	}
	return &bench{t: t, m: New(o)}
}

// made is an event as it is found.
func (b *bench) made(host string, at time.Time, e event.Event) *Event {
	b.t.Helper()
	b.n++
	told, ok := event.Parse(e.String())
	if !ok {
		b.t.Fatalf("%q is no event", e.String())
	}
	return &Event{Host: host, PID: "7", Number: b.n, Time: at, Told: told, Text: e.String(), At: Place{"/log/" + host, int64(b.n)}}
}

// tell has a host tell an event, minutes behind noon.
func (b *bench) tell(host string, minutes int, e event.Event) {
	b.t.Helper()
	b.m.Add(b.made(host, noon.Add(time.Duration(minutes)*time.Minute), e))
}

// open are the exceptions that are open, each as "code host".
func open(r *report.Report) (all []string) {
	for _, e := range r.Exceptions {
		if e.Open {
			all = append(all, e.Code+" "+e.Host)
		}
	}
	return all
}

// settled are the others.
func settled(r *report.Report) (all []string) {
	for _, e := range r.Exceptions {
		if !e.Open {
			all = append(all, e.Code+" "+e.Host)
		}
	}
	return all
}

func (b *bench) down(host string, minutes int, id string) {
	b.tell(host, minutes, event.RelayDown.With("relay", "central", "server", "tls://a:6514", "cause", "refused").Of(id))
}

func (b *bench) up(host string, minutes int, id string) {
	b.tell(host, minutes, event.RelayUp.With("relay", "central", "server", "tls://a:6514", "after", "1m", "bytes", 1).Of(id))
}

func (b *bench) note(host string, minutes int, id, cause, remedy string) {
	b.tell(host, minutes, event.IncidentNote.With("user", "ada", "what", "x", "cause", cause, "remedy", remedy, "uid", 0, "login", "none", "writer", "1-019ac2f4a1b9f3a9", "last", 0, "last_event", 1).Of(id))
}

func (b *bench) altered(host string, minutes int, id string) {
	b.tell(host, minutes, event.SealDiffers.With("file", "access_log-1", "cause", "bytes 1 to 2", "chain", "c", "since", 1, "until", 2, "size", 3, "compared", 3, "sha256", "ab").Of(id))
}

// TestNotedFile: what people have noted on an altered file stands with it, and what they have not is asked for.
func TestNotedFile(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	b.altered("a", 0, ours)
	b.altered("a", 1, hers)
	b.note("a", 20, hers, "why", "")
	b.note("a", 30, hers, "", "what")
	s := b.m.Report().Exceptions[0]
	if !slices.Equal(s.Incidents, []string{ours, hers}) || len(s.Notes) != 2 || s.Notes[0].Cause != "why" || s.Notes[1].Remedy != "what" || s.Notes[1].UID != "0" || !strings.HasSuffix(s.Say, "httpd_syslog note "+ours) {
		t.Errorf("%+v", s)
	}
}

// TestExceptions: what is open, and what is not, of a day of one host or two.
func TestExceptions(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		happen  func(b *bench)
		open    string
		settled string
	}{
		"all in order": {func(b *bench) { b.tell("a", 0, event.LogRotated.With("file", "f")) }, "", ""},
		"an outage that goes on": {func(b *bench) {
			b.down("a", 0, ours)
			b.note("a", 1, ours, "why", "what")
		}, "incident_open a", ""},
		"a short one":               {func(b *bench) { b.down("a", 0, ours); b.up("a", 14, ours) }, "", ""},
		"a long one without a note": {func(b *bench) { b.down("a", 0, ours); b.up("a", 15, ours) }, "no_note a", ""},
		"a long one with half of one": {func(b *bench) {
			b.down("a", 0, ours)
			b.up("a", 15, ours)
			b.note("a", 20, ours, "why", "")
		}, "no_note a", ""},
		"two notes, of two": {func(b *bench) {
			b.down("a", 0, ours)
			b.up("a", 15, ours)
			b.note("b", 20, ours, "why", "")
			b.note("a", 30, ours, "", "what")
		}, "", ""},
		"an altered file":         {func(b *bench) { b.altered("a", 0, ours) }, "file_altered a", ""},
		"one of a version before": {func(b *bench) { b.altered("a", 0, ""); b.note("a", 1, "", "why", "what") }, "file_altered a", ""},
		"one that is noted, elsewhere and by two": {func(b *bench) {
			b.altered("a", 0, ours)
			b.note("b", 20, ours, "why", "")
			b.note("a", 13*60, ours, "", "what")
		}, "", "file_altered a"},
		"one that is noted by half":     {func(b *bench) { b.altered("a", 0, ours); b.note("a", 20, ours, "why", "") }, "file_altered a", ""},
		"two, of which one is noted":    {func(b *bench) { b.altered("a", 0, ours); b.altered("a", 1, hers); b.note("a", 20, hers, "why", "what") }, "file_altered a", ""},
		"two, and one of before is not": {func(b *bench) { b.altered("a", 0, ours); b.altered("a", 1, ""); b.note("a", 20, ours, "why", "what") }, "file_altered a", ""},
		"two that are noted": {func(b *bench) {
			b.altered("a", 0, ours)
			b.altered("a", 1, hers)
			b.note("a", 20, ours, "why", "what")
			b.note("a", 21, hers, "why", "what")
		}, "", "file_altered a"},
		"a note behind the period": {func(b *bench) {
			b.down("a", 0, ours)
			b.up("a", 15, ours)
			b.note("a", 13*60, ours, "why", "what")
		}, "", ""},
		"the same identity at another host": {func(b *bench) {
			b.down("a", 0, ours)
			b.down("b", 0, ours)
			b.up("b", 1, ours)
		}, "incident_open a", ""},
		"one before the period, still open": {func(b *bench) { b.down("a", -13*60, ours); b.tell("a", 0, event.LogRotated.With("file", "f")) }, "incident_open a", ""},
		"one before the period, and over":   {func(b *bench) { b.down("a", -14*60, ours); b.up("a", -13*60, ours) }, "not_covered a", ""},
		"a host that had ended": {func(b *bench) {
			b.tell("a", -13*60, event.ServiceEnd.With("pid", 1, "writer", "w", "last", 0, "last_event", 5))
			b.tell("b", 0, event.LogRotated.With("file", "f"))
		}, "", ""},
		"one behind the period":           {func(b *bench) { b.down("a", 13*60, ours) }, "", ""},
		"one that ends behind the period": {func(b *bench) { b.down("a", 11*60, ours); b.up("a", 13*60, ours) }, "no_note a", ""},
		"an end without a begin":          {func(b *bench) { b.up("a", 0, ours) }, "", ""},
		"a relay that was removed": {func(b *bench) {
			b.down("a", 0, ours)
			b.tell("a", 5, event.ConfigRelayRemoved.With("relay", "central", "lines", 5, "messages", 0))
		}, "", ""},
		"another relay that was removed": {func(b *bench) {
			b.down("a", 0, ours)
			b.tell("a", 5, event.ConfigRelayRemoved.With("relay", "other", "lines", 5, "messages", 0))
		}, "incident_open a", ""},
		"a relay that was removed before": {func(b *bench) {
			b.tell("a", -5, event.ConfigRelayRemoved.With("relay", "central", "lines", 5, "messages", 0))
			b.down("a", 0, ours)
		}, "incident_open a", ""},
		"trouble": {func(b *bench) {
			b.tell("a", 0, event.LogFailing.With("cause", "no space left on device").Of(ours))
			b.tell("a", 1, event.LogWritten.With().Of(ours))
		}, "no_note a", ""},
		"a hole that closes": {func(b *bench) {
			b.tell("c", 0, event.GapOpen.With("sender", "a", "lines", 5).Of(ours))
			b.tell("c", 1, event.GapClosed.With("sender", "a").Of(ours))
			b.note("c", 2, ours, "why", "what")
		}, "", ""},
		"findings, and then none": {func(b *bench) {
			b.tell("a", 0, event.VerifyFound.With("findings", 2, "result", "r", "finding", "f", "time", "t", "lines", 5, "writer", "1-019ac2f4a1b9f3a3", "last", 0, "last_event", 1))
			b.tell("a", 600, event.VerifyOK.With("result", "r", "time", "t", "lines", 5, "writer", "1-019ac2f4a1b9f3a3", "last", 0, "last_event", 1))
		}, "", "verify_found a"},
		"findings, and then none, read in another order": {func(b *bench) {
			for _, minutes := range []int{600, -600} {
				b.tell("a", minutes, event.VerifyOK.With("result", "r", "time", "t", "lines", 5, "writer", "1-019ac2f4a1b9f3a3", "last", 0, "last_event", 1))
			}
			b.tell("a", 0, event.VerifyFound.With("findings", 2, "result", "r", "finding", "f", "time", "t", "lines", 5, "writer", "1-019ac2f4a1b9f3a3", "last", 0, "last_event", 1))
		}, "", "verify_found a"},
		"none, and then findings": {func(b *bench) {
			b.tell("a", -600, event.VerifyOK.With("result", "r", "time", "t", "lines", 5, "writer", "1-019ac2f4a1b9f3a3", "last", 0, "last_event", 1))
			b.tell("a", 0, event.VerifyFound.With("findings", 2, "result", "r", "finding", "f", "time", "t", "lines", 5, "writer", "1-019ac2f4a1b9f3a3", "last", 0, "last_event", 1))
		}, "verify_found a", ""},
		"a file that is another one": {func(b *bench) { b.tell("a", 0, event.FileFound.With("file", "access_log", "finding", "is shorter")) }, "file_found a", ""},
		"one that somebody has seen": {func(b *bench) {
			b.tell("a", 0, event.FileFound.With("file", "access_log", "finding", "is shorter"))
			b.tell("a", 1, event.FileAcknowledged.With("count", 1))
		}, "", "file_found a"},
		"a chain that was broken": {func(b *bench) {
			b.tell("a", 0, event.SealBroken.With("former", "x", "cause", "y", "n", 5, "chain", "z"))
		}, "chain_broken a", ""},
		"card numbers": {func(b *bench) {
			b.tell("a", 0, event.CardsFound.With("count", 5, "network", "visa", "stream", "access"))
			b.tell("b", 0, event.CardsTruncated.With("count", 5, "network", "visa", "stream", "access"))
		}, "cards_in_clear a", ""},
		"a scan that finds": {func(b *bench) {
			b.tell("a", 0, event.CardsScanned.With("files", 5, "what", "/x", "bytes", 5, "count", 0, "unread", 0, "writer", "w", "last", 0, "last_event", 1))
			b.tell("a", 1, event.CardsScanFound.With("files", 5, "count", 2, "what", "/x", "bytes", 5, "unread", 0, "writer", "w", "last", 0, "last_event", 1))
		}, "scan_found a", ""},
		"a scan that finds, and one that does not": {func(b *bench) {
			b.tell("a", 0, event.CardsScanFound.With("files", 5, "count", 2, "what", "/x", "bytes", 5, "unread", 0, "writer", "w", "last", 0, "last_event", 1))
			b.tell("a", 13*60, event.CardsScanned.With("files", 5, "what", "/x", "bytes", 5, "count", 0, "unread", 0, "writer", "w", "last", 0, "last_event", 1))
		}, "", "scan_found a"},
		"no truncation": {func(b *bench) {
			b.tell("a", -20*60, event.ConfigLoaded.With("config", "f", "digest", "d", "cards", "off"))
			b.tell("a", 0, event.LogRotated.With("file", "f"))
		}, "truncation_off a", ""},
		"no truncation before": {func(b *bench) {
			b.tell("a", -20*60, event.ConfigLoaded.With("config", "f", "digest", "d", "cards", "off"))
			b.tell("a", -13*60, event.ConfigLoaded.With("config", "f", "digest", "d", "cards", "truncate"))
			b.tell("a", 0, event.LogRotated.With("file", "f"))
		}, "", ""},
		"lines that are lost, and explained": {func(b *bench) {
			e := event.LinesMissing.With("lines", 5, "stream", "access", "why", "damaged")
			e.Ranges = []event.Range{{Writer: "1-019ac2f4a1b9f3a4", First: 1, Last: 5}}
			b.tell("a", 0, e)
		}, "", "lines_lost a"},
		"an event of a newer version": {func(b *bench) {
			b.tell("a", 0, event.Again("something new {event=new.thing incident=019ac2f4a1b9f3a1.1 key=value}"))
		}, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, nil)
			c.happen(b)
			r := b.m.Report()
			if got := strings.Join(open(r), ", "); got != c.open {
				t.Errorf("open: %q, not %q", got, c.open)
			}
			if got := strings.Join(settled(r), ", "); got != c.settled {
				t.Errorf("over or explained: %q, not %q", got, c.settled)
			}
			if want := len(open(r)) > 0; want != (r.Exit() == report.Open) {
				t.Errorf("exit %d with %q open", r.Exit(), open(r))
			}
		})
	}
}

// TestOrder: events make the same report whatever order they come in, and however often.
func TestOrder(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	var events []*Event
	add := func(minutes int, e event.Event) {
		events = append(events, b.made("a", noon.Add(time.Duration(minutes)*time.Minute), e))
	}
	add(-60, event.ServiceBegin.With("version", "1", "pid", 7, "writer", "w", "binary", "b", "digest", "d", "cards", "report"))
	add(-30, event.ConfigLoaded.With("config", "f", "digest", "d", "cards", "truncate"))
	add(0, event.RelayDown.With("relay", "central", "server", "s", "cause", "first").Of(ours))
	add(5, event.RelayStillDown.With("relay", "central", "after", "5m", "server", "s", "cause", "second").Of(ours))
	add(20, event.RelayUp.With("relay", "central", "server", "s", "after", "20m", "bytes", 5).Of(ours))
	add(21, event.RelayCaughtUp.With("relay", "central", "lines", 77).Of(ours))
	for i := range 30 {
		add(30+i, event.LogRotated.With("file", fmt.Sprint(i)))
	}
	text := func(events []*Event) string {
		b := newBench(t, nil)
		for _, e := range events {
			b.m.Add(e)
		}
		var out strings.Builder
		if err := b.m.Report().WriteJSON(&out); err != nil {
			t.Fatal(err)
		}
		return out.String()
	}
	want := text(events)
	twice := append(slices.Clone(events), events...)
	slices.Reverse(twice)
	if got := text(twice); got != want {
		t.Errorf("the other way round, and twice:\n%s\nnot\n%s", got, want)
	}
	if !strings.Contains(want, `"lines": 77`) || !strings.Contains(want, `"second"`) || !strings.Contains(want, `"seconds": 1200`) {
		t.Errorf("%s", want)
	}
}

// TestOnce: one event is one, in audit_log and at a server, where times have other zones; two are two.
func TestOnce(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	e := b.made("a", noon, event.LogRotated.With("file", "f"))
	b.m.Add(e)
	again := *e
	again.At, again.Time = Place{"/central/a", 9}, e.Time.In(time.FixedZone("", 3600))
	b.m.Add(&again)
	for _, change := range []func(*Event){
		func(e *Event) { e.Number++ }, func(e *Event) { e.PID = "8" }, func(e *Event) { e.Host = "b" }, func(e *Event) { e.Text += " " }, func(e *Event) { e.Time = e.Time.Add(time.Second) },
	} {
		other := *e
		change(&other)
		b.m.Add(&other)
	}
	if r := b.m.Report(); r.Events != 6 {
		t.Errorf("%d events", r.Events)
	}
}

// TestLines: each number of a line counts once, whatever tells of it.
func TestLines(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	const w = "1-019ac2f4a1b9f3a4"
	missing := func(why string, first, last uint64) event.Event {
		e := event.LinesMissing.With("lines", last-first+1, "stream", "access", "why", why)
		e.Ranges = []event.Range{{Writer: w, First: first, Last: last}}
		return e
	}
	b.tell("a", 0, event.LinesDropped.With("lines", 10, "stream", "access", "max", 1, "memory", 1))
	b.tell("a", 1, missing("dropped", 1, 10))
	b.tell("a", 2, missing("damaged", 8, 20))
	b.tell("a", 3, event.MessagesDropped.With("messages", 7, "stream", "x", "memory", 1))
	given := event.RelayGivenUp.With("relay", "central", "lines", 5, "total", 5)
	given.Ranges = []event.Range{{Writer: w, First: 101, Last: 105}, {Writer: w, First: 1, Last: 2, Audit: true}}
	b.tell("a", 4, given)
	b.tell("a", 5, given)
	r := b.m.Report()
	var say []string
	for _, e := range r.Exceptions {
		say = append(say, e.Say)
	}
	want := []string{"27 lines lost everywhere; events name the numbers", "5 lines not sent to relay central; the local log has them, and events name the numbers"}
	if !slices.Equal(say, want) {
		t.Errorf("%q", say)
	}
}

// TestHosts: with a name only that host is reported, by its short name too, with what a collector says of it.
func TestHosts(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		hosts []string
		seen  string
		open  string
		exit  int
	}{
		"all":        {nil, "logs web1.example.com web2", "incident_open web2, incident_open logs", 1},
		"one":        {[]string{"web2"}, "web2", "incident_open web2", 1},
		"short name": {[]string{"web1"}, "web1.example.com", "incident_open logs", 1},
		"none":       {[]string{"web3"}, "", "", 2},
		"one of two": {[]string{"web2", "web3"}, "web2", "incident_open web2", 1},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, func(o *Options) { o.Hosts = c.hosts })
			b.tell("web1.example.com", 0, event.LogRotated.With("file", "f"))
			b.down("web2", 0, ours)
			b.tell("logs", 1, event.GapOpen.With("sender", "web1.example.com", "lines", 5).Of(hers))
			r := b.m.Report()
			var seen []string
			for _, h := range r.Hosts {
				seen = append(seen, h.Name)
			}
			if strings.Join(seen, " ") != c.seen || strings.Join(open(r), ", ") != c.open || r.Exit() != c.exit {
				t.Errorf("hosts %q, open %q, exit %d", seen, open(r), r.Exit())
			}
		})
	}
}

// TestNothing: a period without events is not in order.
func TestNothing(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	b.tell("a", 13*60, event.LogRotated.With("file", "f"))
	r := b.m.Report()
	if r.Exit() != report.Unread || !strings.Contains(r.Sentence(), "nothing can be said") || r.Events != 0 {
		t.Errorf("exit %d: %s", r.Exit(), r.Sentence())
	}
	for _, q := range r.Requirements {
		if q.Verdict != report.None && q.Verdict != report.Yours || len(q.Statements) > 0 || len(q.Missing) == 0 {
			t.Errorf("%+v", q)
		}
	}
	if r := New(Options{Zone: time.UTC, Now: noon}).Report(); strings.Contains(r.Sentence(), "0001") {
		t.Error(r.Sentence())
	}
}

// TestHostile: what events say does nothing to a terminal, and a card number in it is truncated.
func TestHostile(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	b.tell("a\x1b[31m\u202e", 0, event.RelayDown.With("relay", "c\x1b[2J", "server", "<script>", "cause", "4111111111111111\r\n{event=relay.up}").Of("x\x1b.1"))
	r := b.m.Report()
	var out strings.Builder
	for _, e := range r.Exceptions {
		out.WriteString(e.Host + e.Say)
	}
	for _, in := range r.Incidents {
		out.WriteString(in.ID + in.Say + in.Subject + strings.Join(in.Causes, ""))
	}
	for _, h := range r.Hosts {
		out.WriteString(h.Name)
	}
	if strings.ContainsAny(out.String(), "\x1b\u202e\r\n") || strings.Contains(out.String(), "4111111111111111") || !strings.Contains(out.String(), "411111******1111") {
		t.Errorf("%q", out.String())
	}
}

// TestMostEvents: what is beyond the bound is not in the report, which says so; events of other times and of
// other hosts take no room.
func TestMostEvents(t *testing.T) {
	t.Parallel()
	b := newBench(t, func(o *Options) { o.Hosts = []string{"a"} })
	b.m.most = 10
	for i := range 20 {
		b.tell("a", -20*60+i, event.LogRotated.With("file", "f"))
		b.tell("b", i, event.LogRotated.With("file", "f"))
	}
	for i := range 10 {
		b.tell("a", i, event.LogRotated.With("file", "f"))
	}
	if r := b.m.Report(); r.Events != 10 || len(r.Unread) > 0 {
		t.Errorf("%d events, %q", r.Events, r.Unread)
	}
	b.down("a", 20, ours)
	if r := b.m.Report(); r.Events != 10 || len(r.Unread) != 1 || len(r.Incidents) > 0 || r.Exit() != report.Unread {
		t.Errorf("%d events, %q", r.Events, r.Unread)
	}
}

// TestBounds: beyond a bound a report says so, and ends.
func TestBounds(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	for i := range maxHosts + 5 {
		b.tell(fmt.Sprint("h", i), 0, event.LogRotated.With("file", "f"))
	}
	for i := range maxNames + 5 {
		b.tell("h1", 1, event.CardsTruncated.With("count", 1, "network", "visa", "stream", fmt.Sprint("s", i)))
	}
	for range maxNotes + 5 {
		b.note("h1", 2, ours, "c", "r")
	}
	r := b.m.Report()
	if len(r.Hosts) != maxHosts || len(r.Unread) != 3 || r.Exit() != report.Unread {
		t.Errorf("%d hosts, %q", len(r.Hosts), r.Unread)
	}
}

// TestCardNumbersOfHosts: those of all hosts are counted together, by network, and their days once.
func TestCardNumbersOfHosts(t *testing.T) {
	b := newBench(t, nil)
	b.tell("a", 0, event.CardsTruncated.With("count", 5, "network", "visa", "stream", "access"))
	b.tell("b", 1, event.CardsTruncated.With("count", 7, "network", "visa", "stream", "access"))
	b.tell("b", 2, event.CardsTruncated.With("count", 2, "network", "amex", "stream", "access"))
	i := slices.IndexFunc(b.m.Report().Requirements, func(r report.Requirement) bool { return strings.HasPrefix(r.Number, "3.3.1") })
	if i < 0 {
		t.Fatal("no word of card numbers")
	}
	all := fmt.Sprintf("%+v", b.m.Report().Requirements[i])
	for _, want := range []string{"in clear: 0 card numbers in lines", "written: 14 card numbers in lines, on 1 day: ", "visa 12", "amex 2"} {
		if !strings.Contains(all, want) {
			t.Errorf("no %q in %s", want, all)
		}
	}
}

// TestNoCommandOfOthers: what a sender calls an incident is no part of a command that people copy, unless it is an identity
// of this program's.
func TestNoCommandOfOthers(t *testing.T) {
	t.Parallel()
	for _, ids := range [][]string{{"$(reboot)"}, {"$(reboot)", ours}} {
		b := newBench(t, nil)
		for i, id := range ids {
			b.down("a", 60*i, id)
			b.up("a", 60*i+30, id)
		}
		s := b.m.Report().Exceptions[0]
		_, command, is := strings.Cut(s.Say, ": httpd_syslog note ")
		if s.Code != "no_note" || is != (len(ids) > 1) || is && command != ours+" and others" {
			t.Errorf("%q: %+v", ids, s)
		}
	}
}

// TestNoNote: incidents of one sort that are over are one statement, with what they are of, the longest, and a command.
func TestNoNote(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	b.down("a", 0, ours)
	b.up("a", 95, ours)
	say := func() string {
		t.Helper()
		all := b.m.Report().Exceptions
		if len(all) != 1 || all[0].Code != "no_note" || all[0].Host != "a" || !all[0].Open || len(all[0].Refs) == 0 {
			t.Fatalf("%+v", all)
		}
		return all[0].Say
	}
	if got := say(); got != "1 incident is over, and nobody has noted cause and remedy: relay.down of central, 1h 35m: httpd_syslog note "+ours {
		t.Error(got)
	}
	b.down("a", 100, hers)
	b.up("a", 170, hers)
	if got := say(); got != "2 incidents are over, and nobody has noted cause and remedy: relay.down of central, the longest 1h 35m: httpd_syslog note "+ours+" and others" {
		t.Error(got)
	}
}

// TestCauses: an incident's causes stand in the order of their times, each once, whatever order events are found in.
func TestCauses(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	because := func(minutes int, cause string) {
		b.tell("a", minutes, event.RelayDown.With("relay", "central", "server", "tls://a:6514", "cause", cause).Of(ours))
	}
	because(3, "third")
	because(4, "first")
	because(2, "second")
	because(1, "first")
	because(5, "second")
	in := b.m.Report().Incidents[0]
	if !slices.Equal(in.Causes, []string{"first", "second", "third"}) || !in.Begin.Equal(noon.Add(time.Minute)) {
		t.Errorf("%q, from %v", in.Causes, in.Begin)
	}
}
