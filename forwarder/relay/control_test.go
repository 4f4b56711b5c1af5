package relay

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"httpd-syslog/forwarder/cursor"
	"httpd-syslog/forwarder/relay/refusal"
	"httpd-syslog/forwarder/syslogfmt"
	"httpd-syslog/forwarder/testbed"
)

// TestControlsKeepTheOrder: a server takes nothing for a while, and so looks as if it refused a message; whatever the
// trial is in which it begins to take all, what it gets of each row of numbers is in their order. Time is fake.
func TestControlsKeepTheOrder(t *testing.T) {
	t.Parallel()
	const anyRow = 27 // messages are refused before a control is of any row
	for refused := range anyRow {
		t.Run(fmt.Sprint(refused), func(t *testing.T) {
			t.Parallel()
			state := stateDir(t)
			texts := testbed.TextsWith(200, nil)
			synctest.Test(t, func(t *testing.T) {
				catalog, _ := spooledTexts(t, state, texts)
				spooledTexts(t, state, testbed.TextsWith(20, nil)) // of another pipe
				left := refused
				server := &choosyServer{takes: func(string) bool { left--; return left < 0 }}
				r := newFakeRelay(t, state, catalog, &fakeServer{server.dial}, Options{Rewind: time.Hour, RewindBytes: 1 << 30})
				if !inFakeTime(t, r, time.Hour, func() bool { return server.has(texts[199]) }) {
					t.Fatalf("the last line has not come: %d connections, doubt %+v", server.dials, r.doubt)
				}
				r.events.Close()
				checkRows(t, server)
			})
		})
	}
}

// checkRows holds that no number comes for the first time behind a higher one of its row.
func checkRows(t *testing.T, s *choosyServer) {
	t.Helper()
	type row struct{ procID, msgID string }
	highest, seen := map[row]int{}, map[string]bool{}
	for _, m := range s.got {
		f := strings.Fields(m)
		var n int
		if _, err := fmt.Sscanf(strings.Join(f[6:8], " "), `[meta sequenceId="%d"`, &n); err != nil {
			t.Fatalf("%q: %v", m, err)
		}
		of := row{f[4], f[5]}
		switch key := fmt.Sprint(of, n); {
		case seen[key]:
		case n < highest[of]:
			t.Errorf("%v: %d came behind %d", of, n, highest[of])
		default:
			highest[of], seen[key] = n, true
		}
	}
	if len(highest) < 2 {
		t.Errorf("there is no other row to compare with: %v", highest)
	}
}

// TestControlOfAnyRow: a server that takes neither a message nor what other rows of numbers have first gets others to
// compare with in the end, so that what it takes does not wait for ever. Time is fake.
func TestControlOfAnyRow(t *testing.T) {
	t.Parallel()
	state := stateDir(t)
	texts := testbed.TextsWith(200, map[int]string{3: "poison"})
	takes := func(m string) bool { return !strings.Contains(m, "poison") && !strings.Contains(m, " audit ") }
	synctest.Test(t, func(t *testing.T) {
		catalog, _ := spooledTexts(t, state, texts)
		server := &choosyServer{takes: takes}
		r := newFakeRelay(t, state, catalog, &fakeServer{server.dial}, Options{Rewind: time.Hour, RewindBytes: 1 << 30})
		begun := time.Now()
		if !inFakeTime(t, r, 3*time.Hour, func() bool { return server.endsWith(texts[199]) }) {
			t.Fatalf("the last line has not come: %d connections, doubt %+v", server.dials, r.doubt)
		}
		t.Logf("after %v and %d connections", time.Since(begun), server.dials)
		r.events.Close()
		checkAll(t, server, texts, takes)
	})
}

// endsWith reports whether the last line that the server has is this one.
func (s *choosyServer) endsWith(text string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.got) > 0 && strings.HasSuffix(s.got[len(s.got)-1], "] "+text)
}

// TestControlWasNotRefused: a message that was set aside is none to compare with, and the suspect is not either.
func TestControlWasNotRefused(t *testing.T) {
	t.Parallel()
	state := stateDir(t)
	r := newFakeRelay(t, state, spooledLines(t, state, 3), &fakeServer{}, Options{})
	r.batch.enc = syslogfmt.NewEncoder(syslogfmt.RFC5424, syslogfmt.LF, r.o.MaxMessage)
	f, err := r.reader.Next()
	if err != nil || f == nil {
		t.Fatal(err)
	}
	r.suspect = &refusal.Message{ID: cursor.MessageOf(f, 0), Stream: "access"}
	for aside, want := range []string{`"2"`, `"3"`, ""} {
		if aside > 0 {
			r.refusals.Add(cursor.MessageOf(f, aside), 0, time.Now())
		}
		b, err := r.control()
		if err != nil || !strings.Contains(string(b), want) || (b == nil) != (want == "") {
			t.Errorf("%d set aside: %q, %v", aside, b, err)
		}
	}
}
