package relay

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sys/unix"

	"httpd-syslog/forwarder/cursor"
	"httpd-syslog/forwarder/relay/pace"
	"httpd-syslog/forwarder/relay/refusal"
	"httpd-syslog/forwarder/relay/window"
	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/spool/frame"
	"httpd-syslog/forwarder/statedir"
	"httpd-syslog/forwarder/status"
	"httpd-syslog/forwarder/stream"
	"httpd-syslog/forwarder/syslogfmt"
	"httpd-syslog/forwarder/testbed"
	"httpd-syslog/forwarder/transport"
)

// choosyServer is a made-up server that does not take every message. Its kernel takes all.
type choosyServer struct {
	takes   func(text string) bool // hangs up at others; nil: takes all
	alone   time.Duration          // after this long it hangs up by itself; 0: never
	slow    time.Duration          // that hanging up at a message takes
	restart time.Duration          // after it has hung up it cannot be connected to for so long
	idle    time.Duration          // when nothing has come for so long it hangs up; 0: never
	last    string                 // behind this line it hangs up, once; empty: behind none
	err     error                  // of hanging up; nil: a reset
	answers bool                   // it answers each message, and so shows that it works
	begins  func()                 // is called at each connection

	mu     sync.Mutex
	got    []string // texts of messages it took, without framing
	bytes  int      // that were sent to it
	dials  int
	downTo time.Time
}

func (s *choosyServer) dial(context.Context) (transport.Session, error) {
	s.mu.Lock()
	s.dials++
	down := time.Now().Before(s.downTo)
	s.mu.Unlock()
	if down {
		return nil, unix.ECONNREFUSED
	}
	if s.begins != nil {
		s.begins()
	}
	c := &choosySession{nullSession: nullSession{breakage: newBreakage()}, server: s}
	if s.alone > 0 {
		time.AfterFunc(s.alone, c.hangUp)
	}
	if s.idle > 0 {
		c.tired = time.AfterFunc(s.idle, c.hangUp)
	}
	return c, nil
}

type choosySession struct {
	nullSession
	server *choosyServer
	tired  *time.Timer // nil: never
	closed bool
}

func (c *choosySession) Evidence() transport.Evidence {
	if c.server.answers {
		return transport.Answering
	}
	return c.nullSession.Evidence()
}

func (c *choosySession) hangUp() {
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	c.closed = true
	c.server.downTo = time.Now().Add(c.server.restart)
	err := c.server.err
	if err == nil {
		err = unix.ECONNRESET
	}
	c.fail(err)
}

func (c *choosySession) Send(b []byte, ends []int, waiting func() error) error {
	_ = c.nullSession.Send(b, ends, waiting) // it never fails
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	c.server.bytes += len(b)
	if c.tired != nil {
		c.tired.Reset(c.server.idle)
	}
	d := syslogfmt.NewDeframer(bytes.NewReader(b), 1<<20)
	for m, err := d.Next(); err == nil && !c.closed; m, err = d.Next() {
		if c.server.takes != nil && !c.server.takes(string(m)) {
			c.closed = true
			time.AfterFunc(5*time.Millisecond+c.server.slow, c.hangUp)
			break
		}
		c.server.got = append(c.server.got, string(m))
		if c.server.last != "" && strings.HasSuffix(string(m), c.server.last) {
			c.server.last = ""
			time.AfterFunc(5*time.Millisecond, c.hangUp)
		}
	}
	return nil
}

// connections is how many were tried.
func (s *choosyServer) connections() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.dials
}

// has reports whether it has taken a message with that text.
func (s *choosyServer) has(text string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	text = "] " + text
	for _, m := range slices.Backward(s.got) { // most ask for the latest
		if strings.Contains(m, text) {
			return true
		}
	}
	return false
}

// spooledTexts is a catalog of these lines of the access log, and the writer for more.
func spooledTexts(t *testing.T, state string, texts []string) (*spool.Catalog, *testbed.LineWriter) {
	t.Helper()
	w := testbed.NewLineWriter(t, statedir.Dir(state), "access")
	t.Cleanup(func() { w.W.Close() })
	for chunk := range slices.Chunk(texts, 100) {
		w.Texts(chunk...)
	}
	c := spool.NewCatalog(statedir.Dir(state).Spool())
	if err := c.Refresh(); err != nil {
		t.Fatal(err)
	}
	return c, w
}

// inFakeTime runs a relay to a made-up server until done says so, or so long has passed. It
// reports whether done did.
func inFakeTime(t *testing.T, r *Relay, most time.Duration, done func() bool) (ok bool) {
	t.Helper()
	wake, end := start(t, r)
	step := 100 * time.Millisecond
	for end := time.Now().Add(most); time.Now().Before(end) && !ok; ok = done() {
		time.Sleep(step)
		if step += step / 100; step > 2*time.Second {
			step = 2 * time.Second
		}
		_ = r.catalog.Refresh()
		for _, f := range r.catalog.Files() {
			f.Touch() // as the watcher does
		}
		synctest.Wait()
		select {
		case wake <- struct{}{}:
		default:
		}
	}
	synctest.Wait()
	end()
	return ok
}

func atMost(n int) func(string) bool { return func(m string) bool { return len(m) <= n } }

// TestMessageThatAServerDoesNotTake: it is found out, cut to what the server takes, or set aside
// where it takes nothing of it; all others arrive, in little time and without a flood of repeats.
// Time is fake.
func TestMessageThatAServerDoesNotTake(t *testing.T) {
	t.Parallel()
	poison := func(m string) bool { return !strings.Contains(m, "poison") }
	for name, c := range map[string]struct {
		others  map[int]string
		lines   int
		takes   func(string) bool
		err     error
		restart time.Duration
		slow    time.Duration
		cut     int // bytes of the messages that are cut
		refused int
		aside   int
	}{
		"one is too long":                   {others: map[int]string{1000: testbed.Long(20000)}, takes: atMost(8192), cut: 8192, refused: 1},
		"the first":                         {others: map[int]string{0: testbed.Long(20000)}, takes: atMost(8192), cut: 8192, refused: 1},
		"two in a row":                      {others: map[int]string{700: testbed.Long(20000), 701: testbed.Long(30000)}, takes: atMost(8192), cut: 8192, refused: 2},
		"ten in a row":                      {others: map[int]string{1: testbed.Long(9000), 2: testbed.Long(9001), 3: testbed.Long(9002), 4: testbed.Long(9003), 5: testbed.Long(9004), 6: testbed.Long(9005), 7: testbed.Long(9006), 8: testbed.Long(9007), 9: testbed.Long(9008), 10: testbed.Long(9009)}, takes: atMost(8192), cut: 8192, refused: 10},
		"many apart":                        {others: map[int]string{100: testbed.Long(20000), 500: testbed.Long(9000), 900: testbed.Long(40000), 1500: testbed.Long(9000)}, takes: atMost(8192), cut: 8192, refused: 4},
		"2 KiB at most":                     {others: map[int]string{1000: testbed.Long(20000)}, takes: atMost(2100), cut: 2048, refused: 1},
		"480 bytes at most":                 {others: map[int]string{1000: testbed.Long(20000)}, takes: atMost(480), cut: 480, refused: 1},
		"longer ones pass":                  {others: map[int]string{300: testbed.Long(60000), 1000: "poison"}, takes: poison, refused: 1, aside: 1},
		"its text, whatever its size":       {others: map[int]string{1000: "poison " + testbed.Long(20000)}, takes: poison, refused: 1, aside: 1},
		"it ends in good order":             {others: map[int]string{1000: testbed.Long(20000)}, takes: atMost(8192), err: transport.ErrPeerClosed, cut: 8192, refused: 1},
		"it hangs up slowly, in good order": {others: map[int]string{1998: testbed.Long(20000)}, takes: atMost(8192), err: transport.ErrPeerClosed, slow: 3 * standFor, cut: 8192, refused: 1},
		"it hangs up slowly":                {others: map[int]string{1000: testbed.Long(20000)}, takes: atMost(8192), slow: 3 * standFor, cut: 8192, refused: 1},
		"it dies, and is started anew":      {others: map[int]string{1000: "poison"}, takes: poison, restart: 500 * time.Millisecond, refused: 1, aside: 1},
		"far behind":                        {lines: 60000, others: map[int]string{55555: "poison"}, takes: poison, refused: 1, aside: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			state := stateDir(t)
			n := max(c.lines, 2000)
			texts := testbed.TextsWith(n, c.others)
			synctest.Test(t, func(t *testing.T) {
				catalog, _ := spooledTexts(t, state, texts)
				server := &choosyServer{takes: c.takes, err: c.err, restart: c.restart, slow: c.slow}
				r := newFakeRelay(t, state, catalog, &fakeServer{server.dial}, Options{Rewind: time.Hour, RewindBytes: 1 << 30})
				begun := time.Now()
				if !inFakeTime(t, r, 10*time.Minute, func() bool {
					st := r.progress.RelayHealth()
					return st.State == status.RelayUp && st.Refused == uint64(c.refused) && server.has(texts[n-1])
				}) {
					st := r.progress.RelayHealth()
					t.Fatalf("the last line has not come: %d connections, %+v, doubt %+v", server.dials, st, r.doubt)
				}
				took := time.Since(begun)
				all := 0
				for i, text := range texts {
					_, other := c.others[i]
					all += len(text) + 100
					switch {
					case other && c.cut > 0 && strings.Contains(text, "long"):
						cut := slices.IndexFunc(server.got, func(m string) bool { return len(m) == c.cut && strings.Contains(m, "] "+text[:10]) })
						if cut < 0 || !strings.HasSuffix(server.got[cut], syslogfmt.CutMarker) {
							t.Errorf("%.20q is not there, with %d bytes and a mark", text, c.cut)
						}
					case other && !c.takes(text):
						if server.has(text) {
							t.Errorf("%q was taken", text)
						}
					}
				}
				checkAll(t, server, texts, c.takes)
				if r.record.count.Refused != uint64(c.refused) || r.record.count.Aside != uint64(c.aside) {
					t.Errorf("%d refused, %d set aside; want %d, %d", r.record.count.Refused, r.record.count.Aside, c.refused, c.aside)
				}
				t.Logf("%v, %d connections, %.1f times the bytes", took, server.dials, float64(server.bytes)/float64(all))
				if limit := time.Duration(1+c.refused) * 30 * time.Second; took > limit && c.restart == 0 {
					t.Errorf("it took %v, want %v at most", took, limit)
				}
				most := 8 * all
				switch {
				case c.slow > 0:
					most *= 2
				case c.restart > 0: // it is tried soon again at first, as any server that is restarted
					most = (pace.EaseMost + 30) * all
				}
				if server.bytes > most {
					t.Errorf("%d bytes were sent of %d", server.bytes, all)
				}
				if st, err := os.Stat(statedir.Dir(state).Aside("central")); (err == nil) != (c.aside > 0) {
					t.Errorf("set aside: %v, %v", st, err)
				}
			})
		})
	}
}

// checkAll: each line that the server takes is there, the first time in order but for one now
// and then that was sent to compare others with.
func checkAll(t *testing.T, s *choosyServer, texts []string, takes func(string) bool) {
	t.Helper()
	place := make(map[string]int)
	for i, m := range s.got {
		_, text, _ := strings.Cut(m, "] ")
		place[text] = i // the last time
	}
	missing, last := 0, -1
	for _, text := range texts {
		at, there := place[text]
		if !there {
			if takes == nil || takes(text+strings.Repeat(" ", 120)) {
				missing++
			}
			continue
		}
		if at < last {
			t.Errorf("%.20q came last before what is before it", text)
		}
		last = at
	}
	if missing > 0 {
		t.Errorf("%d lines are missing", missing)
	}
}

// events are those that the relay's event log has written.
func eventsOf(t *testing.T, r *Relay, state string) string {
	t.Helper()
	r.events.Close()
	c := spool.NewCatalog(statedir.Dir(state).Spool())
	if err := c.Refresh(); err != nil {
		t.Fatal(err)
	}
	from := spool.NewReader(c, nil, func(h *frame.FileHeader) bool { return h.Stream == stream.Audit })
	defer from.Close()
	var b strings.Builder
	for {
		f, err := from.Next()
		if err != nil {
			t.Fatal(err)
		}
		if f == nil {
			return b.String()
		}
		b.Write(f.Payload)
	}
}

// TestNothingIsPassedOverUnproven: where no message passes, or none can be compared with, lines
// wait, however long, and the event says what was seen. The server is not flooded meanwhile, and
// gets everything when it is mended. Time is fake.
func TestNothingIsPassedOverUnproven(t *testing.T) {
	t.Parallel()
	nothing := func(string) bool { return false }
	poison := func(m string) bool { return !strings.Contains(m, "poison") }
	for name, c := range map[string]struct {
		server *choosyServer
		texts  map[int]string
		only   []string // streams
		event  string
	}{
		"it takes nothing":                            {server: &choosyServer{takes: nothing}, event: "whichever message it gets"},
		"it takes nothing, and ends in good order":    {server: &choosyServer{takes: nothing, err: transport.ErrPeerClosed}, event: "whichever message it gets"},
		"it closes at once":                           {server: &choosyServer{takes: nothing, alone: standFor / 5}, event: "before anything is sent"},
		"it closes at once, having read everything":   {server: &choosyServer{alone: standFor / 5, err: transport.ErrPeerClosed}, event: "before anything is sent"},
		"it closes after three seconds":               {server: &choosyServer{alone: 3 * time.Second}, event: "down"},
		"it dies at any message, and is started anew": {server: &choosyServer{takes: nothing, restart: 2 * time.Second}, event: "connection refused"},
		"the last one is refused":                     {server: &choosyServer{takes: poison}, texts: map[int]string{999: "poison"}, only: []string{"access"}, event: "no other to compare it with"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			state := stateDir(t)
			texts := testbed.TextsWith(1000, c.texts)
			synctest.Test(t, func(t *testing.T) {
				catalog, w := spooledTexts(t, state, texts)
				server := c.server
				r := newFakeRelay(t, state, catalog, &fakeServer{server.dial}, Options{Streams: c.only, Rewind: time.Hour, RewindBytes: 1 << 30})
				inFakeTime(t, r, time.Hour, func() bool { // which never tires
					server.mu.Lock()
					defer server.mu.Unlock()
					server.got = server.got[:0]
					return false
				})
				if rec := r.trials.remembered(); r.record.count.Refused != 0 || rec != nil && len(rec.Messages) > 0 {
					t.Errorf("%d messages were refused", r.record.count.Refused)
				}
				if st := r.progress.RelayHealth(); st.State != status.RelayDown {
					t.Errorf("the relay is %s", st.State)
				}
				events := eventsOf(t, r, state)
				if !strings.Contains(events, c.event) || strings.Count(events, "\n") > 80 {
					t.Errorf("%d events; want one that says %q:\n%.3000s", strings.Count(events, "\n"), c.event, events)
				}
				t.Logf("%d connections in an hour, %d bytes; %d events", server.dials, server.bytes, strings.Count(events, "\n"))
				if server.dials > 700 {
					t.Errorf("%d connections in an hour", server.dials)
				}
				server = &choosyServer{}
				w.Texts("behind")
				r = resumed(t, r, state, catalog, server)
				if !inFakeTime(t, r, 5*time.Minute, func() bool { return server.has("behind") }) {
					t.Fatalf("the last line has not come: %d connections, doubt %+v", server.dials, r.doubt)
				}
				checkAll(t, server, append(texts, "behind"), nil)
			})
		})
	}
}

// resumed is the relay of a deliverer that begins with the record of one that has ended.
func resumed(t *testing.T, r *Relay, state string, catalog *spool.Catalog, server *choosyServer) *Relay {
	t.Helper()
	r.events.Close()
	c, err := cursor.Read(statedir.Dir(state).Cursor(r.progress.Name()))
	if err != nil {
		t.Fatal(err)
	}
	next := newFakeRelay(t, state, catalog, &fakeServer{server.dial}, Options{Streams: r.o.Streams, Rewind: r.o.Rewind, RewindBytes: r.o.RewindBytes})
	next.window = window.New(next.o.window(), startOf(c))
	next.reader.Reset(next.window.Accepted())
	next.trials.restore(c)
	if c.Relay != nil {
		next.record.count = *c.Relay
	}
	return next
}

// TestRefusalsPerHour: no more than a hundred messages are cut or set aside within an hour. Beyond
// that lines wait, and an event says so. Time is fake.
func TestRefusalsPerHour(t *testing.T) {
	t.Parallel()
	const n, refused = 1000, 150
	others := make(map[int]string)
	for i := range refused {
		others[5*i] = fmt.Sprintf("poison %d.", i)
	}
	poison := func(m string) bool { return !strings.Contains(m, "poison") }
	state := stateDir(t)
	texts := testbed.TextsWith(n, others)
	synctest.Test(t, func(t *testing.T) {
		catalog, _ := spooledTexts(t, state, texts)
		server := &choosyServer{takes: poison}
		r := newFakeRelay(t, state, catalog, &fakeServer{server.dial}, Options{Rewind: time.Hour, RewindBytes: 1 << 20})
		begun := time.Now()
		inFakeTime(t, r, 30*time.Minute, func() bool { return false })
		if r.record.count.Refused != refusal.PerHour {
			t.Errorf("%d messages are refused after %v", r.record.count.Refused, time.Since(begun))
		}
		r = resumed(t, r, state, catalog, server) // which does not begin to count anew
		inFakeTime(t, r, 20*time.Minute, func() bool { return false })
		if r.record.count.Refused != refusal.PerHour {
			t.Errorf("%d messages are refused within the hour", r.record.count.Refused)
		}
		if e := eventsOf(t, r, state); !strings.Contains(e, "it has refused 100 messages within an hour") {
			t.Errorf("no event says so: %s", e)
		}
		if !inFakeTime(t, r, 3*time.Hour, func() bool { return server.has(texts[n-1]) }) {
			t.Errorf("after %v %d messages are refused", time.Since(begun), r.record.count.Refused)
		}
		checkAll(t, server, texts, poison)
		if r.record.count.Refused != refused || r.record.count.Aside != refused {
			t.Errorf("%d refused, %d set aside", r.record.count.Refused, r.record.count.Aside)
		}
	})
}

// TestRefusalOutlivesKills: the deliverer is killed again and again, at any moment, while a server
// hangs up on a message: each one goes on where its record says. Time is fake.
func TestRefusalOutlivesKills(t *testing.T) {
	t.Parallel()
	for run := range 30 {
		state := stateDir(t)
		texts := testbed.TextsWith(2000, map[int]string{500: testbed.Long(20000), 1200: "poison"})
		takes := func(m string) bool { return len(m) <= 8192 && !strings.Contains(m, "poison") }
		synctest.Test(t, func(t *testing.T) {
			catalog, w := spooledTexts(t, state, texts)
			w.Close()
			server := &choosyServer{takes: takes}
			r := newFakeRelay(t, state, catalog, &fakeServer{server.dial}, Options{Rewind: time.Hour, RewindBytes: 1 << 30})
			kills, done := 0, false
			for !done && kills < 50 {
				life := time.Duration(300+rand.IntN(3000)) * time.Millisecond
				if kills == 0 {
					life = 100 * time.Millisecond // there is a record, at least
				}
				var last []byte
				done = inFakeTime(t, r, life, func() bool {
					last, _ = os.ReadFile(statedir.Dir(state).Cursor(r.progress.Name()))
					return r.progress.AtEnd() && server.has(texts[1999])
				})
				if len(last) > 0 && !done {
					if err := os.WriteFile(statedir.Dir(state).Cursor(r.progress.Name()), last, 0o640); err != nil { // what a kill leaves
						t.Fatal(err)
					}
				}
				r = resumed(t, r, state, catalog, server)
				kills++
			}
			if !done {
				t.Fatalf("run %d: the last line has not come after %d kills: doubt %+v", run, kills, r.doubt)
			}
			checkAll(t, server, texts, takes)
			aside, err := os.ReadFile(statedir.Dir(state).Aside("central"))
			if err != nil || bytes.Count(aside, []byte("\n")) != 1 || !bytes.Contains(aside, []byte(`poison"`)) {
				t.Errorf("run %d: set aside: %q, %v", run, aside, err)
			}
			if server.bytes > 1<<20*(kills+8) {
				t.Errorf("run %d: %d bytes were sent, with %d kills", run, server.bytes, kills)
			}
		})
	}
}
