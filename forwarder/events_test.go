package forwarder

import (
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

	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/statedir"
	"httpd-syslog/forwarder/syslogfmt"
)

// spooledEvents are the texts of the events in a state directory's spool, and the numbers
// that they have.
func spooledEvents(t *testing.T, stateDir string) (texts []string, numbers []uint64) {
	t.Helper()
	c := spool.NewCatalog(statedir.SpoolDir(stateDir))
	if err := c.Refresh(); err != nil {
		t.Fatal(err)
	}
	r := spool.NewReader(c, nil, nil)
	defer r.Close()
	for {
		f, err := r.Next()
		switch {
		case err != nil:
			t.Fatal(err)
		case f == nil:
			return texts, numbers
		case f.Kind == spool.Event:
			texts = append(texts, strings.TrimSuffix(string(f.Payload), "\n"))
			numbers = append(numbers, f.First)
		}
	}
}

// standstill keeps the event log from writing until it is called.
func standstill(e *eventLog) (goOn func()) {
	e.writing.Lock()
	return e.writing.Unlock
}

// TestEventsDoNotWaitForTheDisk: whoever logs goes on while the disk stands still, and what
// was logged comes in its order.
func TestEventsDoNotWaitForTheDisk(t *testing.T) {
	dir := t.TempDir()
	e := newEventLog(dir, "web1", 0)
	goOn := standstill(e)
	var want []string
	for n := range 100 {
		e.log(syslogfmt.Notice, "event %d", n) // this would never return
		want = append(want, fmt.Sprint("event ", n))
	}
	goOn()
	e.close()
	texts, numbers := spooledEvents(t, dir)
	if !slices.Equal(texts, want) || numbers[0] != 1 || numbers[99] != 100 {
		t.Errorf("%v, %v", texts, numbers)
	}
}

// TestManyWhoLog: events of one goroutine keep their order among those of others, whether
// they wait for the disk or not, and none is missing.
func TestManyWhoLog(t *testing.T) {
	dir := t.TempDir()
	e := newEventLog(dir, "web1", 0)
	const who, each = 8, 100
	var logging sync.WaitGroup
	for g := range who {
		logging.Go(func() {
			for n := range each {
				if n%2 == 0 {
					e.log(syslogfmt.Notice, "%d: %d", g, n)
				} else if !e.logNow(syslogfmt.Notice, "%d: %d", g, n) {
					t.Error("it could not be written")
				}
			}
		})
	}
	logging.Wait()
	e.close()
	texts, numbers := spooledEvents(t, dir)
	next := make([]int, who)
	for _, text := range texts {
		var g, n int
		if _, err := fmt.Sscanf(text, "%d: %d", &g, &n); err != nil || n != next[g] {
			t.Fatalf("%q where %d was due: %v", text, next[g], err)
		}
		next[g]++
	}
	if len(texts) != who*each || numbers[len(numbers)-1] != who*each {
		t.Errorf("%d events, the last is number %d", len(texts), numbers[len(numbers)-1])
	}
}

// TestEventsWaitForRoom: what the disk does not take is kept, as much as there is memory
// for; the rest is counted and told of.
func TestEventsWaitForRoom(t *testing.T) {
	dir := t.TempDir()
	blocked := statedir.SpoolDir(dir) // a file where the directory would be made
	if err := os.WriteFile(blocked, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	e := newEventLog(dir, "web1", 0)
	for n := range eventQueue + 7 {
		e.log(syslogfmt.Notice, "event %d", n)
	}
	if e.logNow(syslogfmt.Notice, "this one is not kept") {
		t.Error("an event was written where it cannot be")
	}
	e.close()
	if err := os.Remove(blocked); err != nil {
		t.Fatal(err)
	}
	e.log(syslogfmt.Notice, "the first one after it")
	e.close()
	texts, _ := spooledEvents(t, dir)
	if len(texts) != eventQueue+1 || texts[0] != "event 0" || texts[eventQueue] != "8 events could not be written, and are lost" {
		t.Errorf("%d events, the last %q", len(texts), texts[len(texts)-1])
	}
}

// TestEventsAreTriedAgain: nobody has to log another one.
func TestEventsAreTriedAgain(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(statedir.SpoolDir(dir), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	e := newEventLog(dir, "web1", 0)
	defer e.close()
	e.log(syslogfmt.Notice, "kept")
	eventually(t, "the attempt", func() bool {
		e.mu.Lock()
		defer e.mu.Unlock()
		return e.retry != nil
	})
	if err := os.Remove(statedir.SpoolDir(dir)); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the next one", func() bool {
		files, _ := filepath.Glob(filepath.Join(statedir.SpoolDir(dir), "*")) // the pattern is good
		return len(files) == 1
	})
}

// TestTrouble: it is told once, told when it is over, and told again the next time.
func TestTrouble(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		e := newEventLog(dir, "web1", 0)
		defer e.close()
		var said []string
		e.tell = func(s syslogfmt.Severity, text string) { said = append(said, fmt.Sprintf("%d %s", s, text)) }
		full, gone := errors.New("no space left"), errors.New("no such\nfile")
		heard := func(want ...string) {
			t.Helper()
			if !slices.Equal(said, want) {
				t.Errorf("%q, want %q", said, want)
			}
			said = nil
		}
		take := func(err error, times int) {
			for range times {
				e.trouble(syslogfmt.Err, "sync", err)
				time.Sleep(time.Second)
			}
		}
		take(nil, 3)
		heard()
		take(full, 100)
		heard("3 sync: no space left")
		take(gone, 10)
		heard("3 sync: no such; file")
		if now := e.current(); len(now) != 1 || now[0].What != "sync" || now[0].Error != "no such; file" || time.Since(now[0].Since) != 110*time.Second {
			t.Errorf("%+v", now)
		}
		take(full, 10) // not within a minute of the other reason
		heard()
		take(nil, 3)
		heard("5 sync: over after 2m0s")
		if now := e.current(); len(now) != 0 {
			t.Errorf("%+v", now)
		}
		take(full, 2)
		take(nil, 2)
		heard("3 sync: no space left", "5 sync: over after 2s")
		for range 300 { // a disk that takes some and not others
			take(full, 1)
			take(nil, 1)
		}
		if len(said) > 2*2*tellMost {
			t.Errorf("%d events of what comes and goes", len(said))
		}
		said = nil
		time.Sleep(tellIn)
		take(full, 1)
		heard("3 sync: no space left")
		e.forget("sync")
		take(nil, 1)
		heard()
	})
}
