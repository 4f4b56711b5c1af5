package relay

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"httpd-syslog/forwarder/audit"
	"httpd-syslog/forwarder/consumer"
	"httpd-syslog/forwarder/cursor"
	"httpd-syslog/forwarder/relay/series"
	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/statedir"
	"httpd-syslog/forwarder/status"
	"httpd-syslog/forwarder/stream"
	"httpd-syslog/forwarder/syslogfmt"
	"httpd-syslog/forwarder/testbed"
	"httpd-syslog/forwarder/transport"
)

// memoryStore is a store in memory that a test makes go wrong.
type memoryStore struct {
	mu      sync.Mutex
	entries []entry
	// append says what becomes of an attempt to append, from 1 on: whether it gets into the store, and an error that the
	// session has of it. nil: all is well.
	append   func(n int) (stored bool, err error)
	attempts int
	atOnce   int // messages of a full entry; 0: 100
}

// entry is what a store has of one Append.
type entry struct {
	mark string
	text []byte
	n    int
}

func (s *memoryStore) Dial(context.Context) (transport.Session, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := &memorySession{breakage: newBreakage(), store: s, known: len(s.entries)}
	if o.known > 0 {
		o.last = []byte(s.entries[o.known-1].mark)
	}
	return o, nil
}

func (s *memoryStore) Rewinds() bool  { return true }
func (s *memoryStore) BatchSize() int { return 8 << 10 }
func (s *memoryStore) String() string { return "nats://store:4222" }

// lines are the numbered lines that the store has, in order.
func (s *memoryStore) lines() (all []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range s.entries {
		for line := range bytes.Lines(e.text) {
			if _, text, ok := strings.Cut(strings.TrimSuffix(string(line), "\n"), "]: "); ok && !strings.Contains(text, "{event=") {
				all = append(all, text)
			}
		}
	}
	return all
}

func (s *memoryStore) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.entries)
}

// marks are those of all entries.
func (s *memoryStore) marks(t *testing.T) (all []series.Mark) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range s.entries {
		m, err := series.ParseMark(e.mark)
		if err != nil {
			t.Fatalf("mark %q: %v", e.mark, err)
		}
		all = append(all, m)
	}
	return all
}

// memorySession is a session to a memoryStore.
type memorySession struct {
	*breakage
	store    *memoryStore
	known    int
	last     []byte
	open     entry
	given    uint64
	accepted uint64
}

func (o *memorySession) Send(b []byte, ends []int, _ func() error) error {
	o.open.text = append(o.open.text, b...)
	o.open.n += len(ends)
	o.given += uint64(len(b))
	return nil
}
func (o *memorySession) Accepted() uint64             { return o.accepted }
func (o *memorySession) Framing() syslogfmt.Framing   { return syslogfmt.LF }
func (o *memorySession) Evidence() transport.Evidence { return transport.Answering }
func (o *memorySession) Last() []byte                 { return o.last }
func (o *memorySession) IsFull() bool                 { return o.open.n >= max(100, o.store.atOnce) }
func (o *memorySession) Close(context.Context) error {
	if o.open.n > 0 {
		return errors.New("not everything is appended")
	}
	return nil
}

func (o *memorySession) Append(mark []byte, _ func() error) error {
	s := o.store
	s.mu.Lock()
	defer s.mu.Unlock()
	switch s.attempts++; {
	case len(s.entries) != o.known:
		return transport.ErrOvertaken
	case len(mark) > transport.MaxMark:
		return fmt.Errorf("a mark of %d bytes", len(mark))
	}
	stored, err := true, error(nil)
	if s.append != nil {
		stored, err = s.append(s.attempts)
	}
	if stored {
		o.open.mark = string(mark)
		s.entries = append(s.entries, o.open)
	}
	if err != nil {
		return err
	}
	o.known, o.accepted, o.open = len(s.entries), o.given, entry{}
	return nil
}

// stores are the memoryStores of tests, by the host of their address.
var stores sync.Map

func init() {
	transport.Add(&transport.Kind{Schemes: []string{"nats"}, New: func(s transport.Server, _ transport.Options) (transport.Transport, error) {
		store, _ := stores.Load(s.Host)
		return store.(*memoryStore), nil
	}})
}

// storeRelay is a relay to a store that goes on with the record of a state directory, as a process that begins does.
func storeRelay(t *testing.T, state string, c *spool.Catalog, store *memoryStore, o Options) *Relay {
	t.Helper()
	stores.Store(t.Name(), store)
	dir := statedir.Dir(state)
	if err := dir.Make(); err != nil {
		t.Fatal(err)
	}
	o.Name, o.Format, o.MaxMessage, o.Timing = "central", syslogfmt.RFC3164, 64<<10, testTiming
	o.Servers, o.Store.Series.Host = []transport.Server{{Scheme: "nats", Host: t.Name(), Port: "4222"}}, "web1"
	o.Rewind, o.RewindBytes = cmp.Or(o.Rewind, time.Hour), 1<<30
	events := audit.New(audit.Options{StateDir: dir, Host: "web1"})
	t.Cleanup(events.Close)
	if err := events.Recall(); err != nil {
		t.Fatal(err)
	}
	name := statedir.RelayCursor(o.Name)
	rec, err := cursor.Read(dir.Cursor(name))
	if err != nil {
		t.Fatal(err)
	}
	r, err := New(&o, &consumer.Base{
		StateDir: dir, Record: rec, Catalog: c, Events: events, Wake: make(chan struct{}), Unsubscribe: func() {},
		Progress: consumer.NewProgress(consumer.ProgressOptions{StateDir: dir, Name: name, Catalog: c}),
		Streams: stream.NewTable([]stream.Stream{
			{Name: "access", Facility: syslogfmt.Local1, Severity: syslogfmt.Notice, Tag: "httpd"},
			{Name: "error", Facility: syslogfmt.Local2, Severity: syslogfmt.Err, Tag: "httpd"},
		}),
	}, cursor.RelayCount{})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// copyRecord is the relay's record in a state directory, for another one.
func copyRecord(t *testing.T, from, to string) {
	t.Helper()
	name := statedir.RelayCursor("central")
	b, err := os.ReadFile(statedir.Dir(from).Cursor(name))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(statedir.Dir(to).Cursor(name)), 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(statedir.Dir(to).Cursor(name), b, 0o640); err != nil {
		t.Fatal(err)
	}
}

func wantLines(t *testing.T, store *memoryStore, n int) {
	t.Helper()
	want := strings.Split(strings.TrimSuffix(testbed.Numbered(1, n), "\n"), "\n")
	if got := store.lines(); !slices.Equal(got, want) {
		t.Errorf("%d lines in the store, want %d, each once and in order", len(got), n)
	}
}

// TestStoreHasEachLineOnce, whatever becomes of entries and their answers, and over processes that are killed anywhere.
func TestStoreHasEachLineOnce(t *testing.T) {
	t.Parallel()
	answerLost := errors.New("the answer was lost")
	for name, fails := range map[string]func(n int) (bool, error){
		"nothing":              nil,
		"answers are lost":     func(n int) (bool, error) { return true, map[bool]error{true: answerLost}[n%3 == 0] },
		"entries are lost":     func(n int) (bool, error) { return n%3 != 0, map[bool]error{true: answerLost}[n%3 == 0] },
		"they take turns":      func(n int) (bool, error) { return n%2 == 0 || n%3 == 0, map[bool]error{true: answerLost}[n%3 > 0] },
		"all answers are lost": func(int) (bool, error) { return true, answerLost },
	} {
		t.Run(strings.ReplaceAll(name, " ", "-"), func(t *testing.T) {
			t.Parallel()
			state, store := stateDir(t), &memoryStore{append: fails}
			const lines = 1000
			w := testbed.NewLineWriter(t, statedir.Dir(state), "access")
			for range 10 {
				w.Lines(lines / 10)
				w.Close() // the next lines go into another file
			}
			catalog := spool.NewCatalog(statedir.Dir(state).Spool())
			if err := catalog.Refresh(); err != nil {
				t.Fatal(err)
			}
			if n := len(catalog.Files()); n != 10 {
				t.Fatalf("%d files", n)
			}
			synctest.Test(t, func(t *testing.T) {
				for process := range 40 {
					r := storeRelay(t, state, catalog, store, Options{})
					ok := inFakeTime(t, r, time.Duration(1+process%3)*400*time.Millisecond, func() bool {
						return len(store.lines()) >= lines && store.count() > 0 && process > 10
					})
					if eventsOf(t, r, state); ok {
						break
					}
				}
				wantLines(t, store, lines)
				for i, m := range store.marks(t) {
					if m.N != uint64(i+1) {
						t.Errorf("entry %d has number %d", i+1, m.N)
					}
				}
			})
		})
	}
}

// TestStoreIsBehind: a store that was restored gets again what it lacks, an event says so once, and no line is there twice.
func TestStoreIsBehind(t *testing.T) {
	t.Parallel()
	for name, left := range map[string]int{"some-are-left": 4, "none-is-left": 0} {
		for _, restarted := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s/restarted-%t", name, restarted), func(t *testing.T) {
				t.Parallel()
				state, store := stateDir(t), &memoryStore{}
				catalog := spooledLines(t, state, 1000)
				synctest.Test(t, func(t *testing.T) {
					var had, lacks int
					restore := func() {
						had = len(store.entries)
						for _, e := range store.entries[left:] {
							lacks += e.n
						}
						store.entries = store.entries[:left]
					}
					done := func() bool { return len(store.lines()) == 1000 }
					r := storeRelay(t, state, catalog, store, Options{})
					if restarted {
						if !inFakeTime(t, r, time.Minute, done) {
							t.Fatal("the lines do not arrive")
						}
						r.events.Close()
						r = storeRelay(t, state, catalog, store, Options{})
						store.mu.Lock()
						restore()
						store.mu.Unlock()
					} else {
						store.append = func(n int) (bool, error) {
							if n != 6 {
								return true, nil
							}
							restore()
							return false, errors.New("the store has ended")
						}
					}
					again := func() bool { return done() && r.progress.RelayHealth().Repeated > 0 }
					if !inFakeTime(t, r, time.Minute, again) {
						t.Fatalf("%d lines in the store, %+v\n%v\n%s", len(store.lines()), r.progress.RelayHealth(), store.marks(t), eventsOf(t, r, state))
					}
					wantLines(t, store, 1000)
					told := eventsOf(t, r, state)
					if n := strings.Count(told, "{event=relay.store_behind "); n != 1 {
						t.Errorf("told %d times:\n%s", n, told)
					}
					if want := fmt.Sprintf("lacks the last %d entries of those that it had acknowledged: %d lines", had-left, lacks); !strings.Contains(told, want) {
						t.Errorf("no %q:\n%s", want, told)
					}
				})
			})
		}
	}
}

// TestStoreOfAnother: a copy of the state directory that delivers, too, is refused, and so is whoever comes behind it. Lines
// wait, and an event says it once; where the entries are called otherwise they go on.
func TestStoreOfAnother(t *testing.T) {
	t.Parallel()
	state, store := stateDir(t), &memoryStore{}
	copied := filepath.Join(t.TempDir(), "copy")
	catalog := spooledLines(t, state, 200)
	synctest.Test(t, func(t *testing.T) {
		r := storeRelay(t, state, catalog, store, Options{})
		inFakeTime(t, r, time.Minute, func() bool { return len(store.lines()) == 200 })
		r.events.Close()
		copyRecord(t, state, copied)
		theirs := spooledLines(t, copied, 300)
		r = storeRelay(t, copied, theirs, store, Options{})
		inFakeTime(t, r, time.Minute, func() bool { return len(store.lines()) == 500 })
		r.events.Close()
		n := store.count()

		w := testbed.NewLineWriter(t, statedir.Dir(state), "access")
		w.Lines(100)
		w.Close()
		if err := catalog.Refresh(); err != nil {
			t.Fatal(err)
		}
		r = storeRelay(t, state, catalog, store, Options{})
		inFakeTime(t, r, 10*time.Minute, func() bool { return false })
		if st := r.progress.RelayHealth(); store.count() != n || st.State != status.RelayDown || !strings.Contains(st.Error, "another deliverer") {
			t.Errorf("%d entries behind those of the copy; %+v", store.count()-n, st)
		}
		told := eventsOf(t, r, state)
		if n := strings.Count(told, "{event=relay.foreign "); n != 1 {
			t.Errorf("told %d times:\n%s", n, told)
		}

		elsewhere := &memoryStore{} // what entries with another subject are
		o := Options{}
		o.Store.NATS.Subject = "another"
		r = storeRelay(t, state, catalog, elsewhere, o)
		if !inFakeTime(t, r, time.Minute, func() bool { return len(elsewhere.lines()) == 100 }) {
			t.Errorf("%d lines under another subject, want the 100 that waited", len(elsewhere.lines()))
		}
		testbed.WantTold(t, eventsOf(t, r, state), "relay.own", "relay.up")
	})
}

// TestEntriesGather: lines that come within the delay go into one entry, and none waits for longer.
func TestEntriesGather(t *testing.T) {
	t.Parallel()
	state, store := stateDir(t), &memoryStore{atOnce: 1000}
	synctest.Test(t, func(t *testing.T) {
		w := testbed.NewLineWriter(t, statedir.Dir(state), "access")
		w.Lines(1)
		c := spool.NewCatalog(statedir.Dir(state).Spool())
		_ = c.Refresh()
		const delay = 5 * time.Minute
		r := storeRelay(t, state, c, store, Options{Delay: delay})
		var begun time.Time // of the first line that waits
		entries := 1
		inFakeTime(t, r, time.Hour, func() bool {
			if n := store.count(); n > entries {
				if took := time.Since(begun); took < delay || took > delay+10*time.Second {
					t.Errorf("entry %d came %v behind its first line", n, took)
				}
				entries, begun = n, time.Time{}
			}
			if begun.IsZero() {
				begun = time.Now()
			}
			w.Lines(1)
			return false
		})
		if n := store.count(); n < 10 || n > 14 {
			t.Errorf("%d entries in an hour", n)
		}
	})
}

// TestStoreIsBehindAndBreaks: what a store has lost comes back to it, though the connection breaks or the process is killed before
// that is all there.
func TestStoreIsBehindAndBreaks(t *testing.T) {
	t.Parallel()
	for _, killed := range []bool{false, true} {
		t.Run(fmt.Sprintf("killed-%t", killed), func(t *testing.T) {
			t.Parallel()
			state, store := stateDir(t), &memoryStore{}
			catalog := spooledLines(t, state, 1000)
			synctest.Test(t, func(t *testing.T) {
				all := func() bool { return len(store.lines()) == 1000 }
				r := storeRelay(t, state, catalog, store, Options{})
				inFakeTime(t, r, time.Minute, all)
				r.events.Close()
				store.entries = store.entries[:2]
				first := store.attempts + 2
				store.append = func(n int) (bool, error) {
					return n != first, map[bool]error{true: errors.New("the store has ended")}[n == first || killed && n > first]
				}
				r = storeRelay(t, state, catalog, store, Options{})
				inFakeTime(t, r, time.Minute, func() bool { return all() || killed && store.attempts >= first })
				if killed {
					r.events.Close()
					store.append = nil
					r = storeRelay(t, state, catalog, store, Options{})
					inFakeTime(t, r, time.Minute, all)
				}
				eventsOf(t, r, state)
				wantLines(t, store, 1000)
			})
		})
	}
}

// TestStoreCounts: lines are counted once that are there once, over processes that end in good order and over those that are killed.
func TestStoreCounts(t *testing.T) {
	t.Parallel()
	state, store := stateDir(t), &memoryStore{}
	w := testbed.NewLineWriter(t, statedir.Dir(state), "access")
	catalog := spool.NewCatalog(statedir.Dir(state).Spool())
	synctest.Test(t, func(t *testing.T) {
		for process := 1; process <= 3; process++ {
			w.Lines(100)
			_ = catalog.Refresh()
			r := storeRelay(t, state, catalog, store, Options{Streams: []string{"access"}})
			inFakeTime(t, r, time.Minute, func() bool { return r.progress.RelayHealth().Lines >= uint64(100*process) })
			if st := r.progress.RelayHealth(); st.Lines != uint64(100*process) || st.Repeated != 0 {
				t.Errorf("process %d: %d lines are counted, %d of them repeated; want %d lines", process, st.Lines, st.Repeated, 100*process)
			}
			eventsOf(t, r, state)
		}
		wantLines(t, store, 300)
	})
}

// TestStoreThatIsAlwaysAhead: a store that refuses each entry, as its last is another one, and shows none that is, is an outage like any
// other. One refusal is none: an entry that came late.
func TestStoreThatIsAlwaysAhead(t *testing.T) {
	t.Parallel()
	state, store := stateDir(t), &memoryStore{append: func(n int) (bool, error) {
		return n == 1, transport.ErrOvertaken
	}}
	catalog := spooledLines(t, state, 1)
	synctest.Test(t, func(t *testing.T) {
		w := testbed.NewLineWriter(t, statedir.Dir(state), "access")
		r := storeRelay(t, state, catalog, store, Options{})
		inFakeTime(t, r, time.Minute, func() bool { return len(store.lines()) == 1 && r.progress.RelayHealth().Lines == 1 })
		if st := r.progress.RelayHealth(); st.State != status.RelayUp || st.Failures != 0 {
			t.Errorf("after one entry that came late: %+v", st)
		}
		r.events.Close()
		w.Lines(1)
		store.mu.Lock()
		store.attempts = 1
		store.mu.Unlock()
		r = storeRelay(t, state, catalog, store, Options{})
		if !inFakeTime(t, r, time.Minute, func() bool { return r.progress.RelayHealth().State == status.RelayDown }) {
			t.Errorf("after %d refusals: %+v", store.attempts, r.progress.RelayHealth())
		}
		eventsOf(t, r, state)
	})
}

// TestManyFilesAreGivenUpAtOnce: while a session stands, files of more writers than a mark has room for are given up, and what
// comes behind them goes on.
func TestManyFilesAreGivenUpAtOnce(t *testing.T) {
	t.Parallel()
	state, store := stateDir(t), &memoryStore{}
	for range 2500 {
		w := testbed.NewLineWriter(t, statedir.Dir(state), "access")
		w.Texts("of another writer")
		w.Close()
	}
	catalog := spooledLines(t, state, 10)
	synctest.Test(t, func(t *testing.T) {
		r := storeRelay(t, state, catalog, store, Options{})
		store.append = func(n int) (bool, error) {
			if n < 5 { // as often as the deliverer asks
				for _, f := range catalog.Files() {
					if size, _ := f.Size(); r.window.Front()[f.ID].Offset < size && f != catalog.Files()[len(catalog.Files())-1] {
						r.progress.AskToGiveUp(f)
					}
				}
			}
			return true, nil
		}
		inFakeTime(t, r, time.Minute, func() bool { return strings.Contains(strings.Join(store.lines(), " "), "line 10") })
		if st := r.progress.RelayHealth(); st.Failures > 0 || st.GivenUp == 0 {
			t.Errorf("%+v", st)
		}
		eventsOf(t, r, state)
	})
}

// TestSafeWhileLinesGather: what the store has had for long enough is safe, and its spool may go, though lines behind it
// wait for others.
func TestSafeWhileLinesGather(t *testing.T) {
	t.Parallel()
	state, store := stateDir(t), &memoryStore{}
	synctest.Test(t, func(t *testing.T) {
		w := testbed.NewLineWriter(t, statedir.Dir(state), "access")
		w.Lines(1)
		c := spool.NewCatalog(statedir.Dir(state).Spool())
		_ = c.Refresh()
		first := c.Files()[0]
		size, err := first.Size()
		if err != nil {
			t.Fatal(err)
		}
		r := storeRelay(t, state, c, store, Options{Delay: time.Hour, Rewind: time.Minute})
		safe := func() bool {
			if store.count() > 0 && w.Next == 2 {
				w.Lines(1) // which waits from here on
			}
			return r.progress.Passed(first, size)
		}
		if !inFakeTime(t, r, 30*time.Minute, safe) {
			t.Error("the first line is not safe")
		}
		if n := store.count(); n > 2 { // the second one is there as the relay has ended
			t.Errorf("%d entries", n)
		}
	})
}

// TestStoreCountsItsStreams: lines of streams that a relay does not send are no lines that a store has, or lacks.
func TestStoreCountsItsStreams(t *testing.T) {
	t.Parallel()
	state, store := stateDir(t), &memoryStore{}
	w := testbed.NewLineWriter(t, statedir.Dir(state), "error")
	catalog := spooledLines(t, state, 50)
	synctest.Test(t, func(t *testing.T) {
		of := Options{Streams: []string{"access"}}
		r := storeRelay(t, state, catalog, store, of)
		inFakeTime(t, r, time.Minute, func() bool { return len(store.lines()) == 50 })
		r.events.Close()
		entries := store.entries
		store.append = func(int) (bool, error) { return true, errors.New("the answer was lost") }
		w.Lines(70)
		access := testbed.NewLineWriter(t, statedir.Dir(state), "access")
		access.Lines(3)
		access.Close()
		r = storeRelay(t, state, catalog, store, of)
		inFakeTime(t, r, time.Minute, func() bool { return len(store.lines()) == 53 && r.progress.RelayHealth().Lines >= 53 })
		if n := r.record.count.Lines; n != 53 {
			t.Errorf("%d lines are counted, and the store has 53", n)
		}
		r.events.Close()
		store.entries, store.append = entries[:0], nil
		r = storeRelay(t, state, catalog, store, of)
		inFakeTime(t, r, time.Minute, func() bool { return len(store.lines()) == 53 })
		if told := eventsOf(t, r, state); !strings.Contains(told, " lines=53 ") && !strings.Contains(told, " lines=53}") {
			t.Errorf("of 53 lines that are sent again: %s", told)
		}
	})
}

// TestFilesAreGivenUpWhileLinesGather: what the deliverer asks for does not wait for others, however often it asks.
func TestFilesAreGivenUpWhileLinesGather(t *testing.T) {
	t.Parallel()
	state, store := stateDir(t), &memoryStore{}
	catalog := spooledLines(t, state, 1)
	const files = 3 * mostPlaces / 8
	synctest.Test(t, func(t *testing.T) {
		r := storeRelay(t, state, catalog, store, Options{Delay: time.Hour})
		made := false
		if !inFakeTime(t, r, time.Minute, func() bool {
			for n := 0; n < files && !made && store.count() > 0; n++ {
				w := testbed.NewLineWriter(t, statedir.Dir(state), "access")
				w.Texts("of another writer")
				w.Close()
			}
			made = made || store.count() > 0
			left := false
			for _, f := range catalog.Files() {
				if size, _ := f.Size(); r.progress.Lags(f, size) {
					left = true
					if made {
						r.progress.AskToGiveUp(f)
					}
				}
			}
			return made && !left
		}) {
			t.Errorf("files wait that are to be given up: %+v", r.progress.RelayHealth())
		}
		eventsOf(t, r, state)
	})
}

// TestEntryOfAPacedBacklog: where a rate bounds what is sent, an entry leaves when its first line has waited for the delay,
// full or not.
func TestEntryOfAPacedBacklog(t *testing.T) {
	t.Parallel()
	state, store := stateDir(t), &memoryStore{atOnce: 10000}
	catalog := spooledLines(t, state, 1000)
	synctest.Test(t, func(t *testing.T) {
		r := storeRelay(t, state, catalog, store, Options{Delay: 2 * time.Second, Rate: 100})
		begun := time.Now()
		inFakeTime(t, r, time.Minute, func() bool { return store.count() > 0 })
		if took, n := time.Since(begun), len(store.lines()); took > 5*time.Second || n == 1000 {
			t.Errorf("the first entry, of %d lines, left after %v", n, took)
		}
	})
}
