package audit

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

	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/statedir"
	"httpd-syslog/forwarder/syslogfmt"
	"httpd-syslog/forwarder/testbed"
)

// standstill keeps the event log from writing until it is called.
func standstill(e *Log) (goOn func()) {
	e.writing.Lock()
	return e.writing.Unlock
}

// note is an event of a test.
func note(text ...any) event.Event {
	return testbed.Note.With("text", strings.TrimSuffix(fmt.Sprintln(text...), "\n"))
}

// TestEventsDoNotWaitForTheDisk: whoever logs goes on while the disk stands still, and what
// was logged comes in its order.
func TestEventsDoNotWaitForTheDisk(t *testing.T) {
	dir := t.TempDir()
	e := New(Options{StateDir: statedir.Dir(dir), Host: "web1"})
	goOn := standstill(e)
	var want []string
	for n := range 100 {
		e.Tell(note("event", n)) // this would never return
		want = append(want, fmt.Sprint("event ", n))
	}
	goOn()
	e.Close()
	texts, numbers := testbed.Events(t, statedir.Dir(dir))
	if !slices.Equal(texts, want) || numbers[0] != 1 || numbers[99] != 100 {
		t.Errorf("%v, %v", texts, numbers)
	}
}

// TestRoutineIsNotTold: seals and heartbeats are events, and nothing for a journal.
func TestRoutineIsNotTold(t *testing.T) {
	dir := t.TempDir()
	var told []string
	e := New(Options{StateDir: statedir.Dir(dir), Host: "web1", Tell: func(_ syslogfmt.Severity, text string) { told = append(told, text) }})
	seal := event.SealFile.With("n", 1)
	e.Tell(seal)
	e.TellNow(event.SealFile.With("n", 2))
	e.Tell(event.Again(seal.String()))
	e.Tell(event.SealChain.With("chain", "c"))
	e.Close()
	if texts, _ := testbed.Events(t, statedir.Dir(dir)); len(texts) != 4 || len(told) != 1 || !strings.HasPrefix(told[0], texts[3]) {
		t.Errorf("%q of %q", told, texts)
	}
}

// TestManyWhoLog: events of one goroutine keep their order among those of others, whether
// they wait for the disk or not, and none is missing.
func TestManyWhoLog(t *testing.T) {
	dir := t.TempDir()
	e := New(Options{StateDir: statedir.Dir(dir), Host: "web1"})
	const who, each = 8, 100
	var logging sync.WaitGroup
	for g := range who {
		logging.Go(func() {
			for n := range each {
				if n%2 == 0 {
					e.Tell(note(g, n))
				} else if _, written := e.TellNow(note(g, n)); !written {
					t.Error("it could not be written")
				}
			}
		})
	}
	logging.Wait()
	e.Close()
	texts, numbers := testbed.Events(t, statedir.Dir(dir))
	next := make([]int, who)
	for _, text := range texts {
		var g, n int
		if _, err := fmt.Sscanf(text, "%d %d", &g, &n); err != nil || n != next[g] {
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
	blocked := statedir.Dir(dir).Spool() // a file where the directory would be made
	if err := os.WriteFile(blocked, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	e := New(Options{StateDir: statedir.Dir(dir), Host: "web1"})
	for n := range maxQueue + 7 {
		e.Tell(note("event", n))
	}
	if _, written := e.TellNow(note("this one is not kept")); written {
		t.Error("an event was written where it cannot be")
	}
	e.Close()
	if err := os.Remove(blocked); err != nil {
		t.Fatal(err)
	}
	e.Tell(note("the first one after it"))
	e.Close()
	texts, _ := testbed.Events(t, statedir.Dir(dir))
	if len(texts) != maxQueue+1 || texts[0] != "event 0" || texts[maxQueue] != "8 events could not be written, and are lost" {
		t.Errorf("%d events, the last %q", len(texts), texts[len(texts)-1])
	}
}

// TestEventsAreTriedAgain: nobody has to log another one.
func TestEventsAreTriedAgain(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(statedir.Dir(dir).Spool(), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	e := New(Options{StateDir: statedir.Dir(dir), Host: "web1"})
	defer e.Close()
	e.Tell(note("kept"))
	testbed.Eventually(t, "the attempt", func() bool {
		e.mu.Lock()
		defer e.mu.Unlock()
		return e.retry != nil
	})
	if err := os.Remove(statedir.Dir(dir).Spool()); err != nil {
		t.Fatal(err)
	}
	testbed.Eventually(t, "the next one", func() bool {
		files, _ := filepath.Glob(filepath.Join(statedir.Dir(dir).Spool(), "*")) // the pattern is good
		return len(files) == 1
	})
}

// TestTrouble: it is told once, told when it is over, and told again the next time.
func TestTrouble(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		var said []string
		e := New(Options{StateDir: statedir.Dir(dir), Host: "web1", Tell: func(s syslogfmt.Severity, text string) {
			said = append(said, fmt.Sprintf("%d %s", s, testbed.Sentence(text)))
		}})
		defer e.Close()
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
				e.Trouble(&event.SpoolUnsynced, "", err)
				time.Sleep(time.Second)
			}
		}
		take(nil, 3)
		heard()
		take(full, 100)
		heard("3 the spool cannot be put on the disk: no space left")
		take(gone, 10)
		heard("3 the spool cannot be put on the disk: no such; file")
		if now := e.Troubles(); len(now) != 1 || now[0].What != "the spool cannot be put on the disk" || now[0].Error != "no such; file" || time.Since(now[0].Since) != 110*time.Second {
			t.Errorf("%+v", now)
		}
		take(full, 10) // not within a minute of the other reason
		heard()
		take(nil, 3)
		heard("5 the spool cannot be put on the disk: over after 2m0s")
		if now := e.Troubles(); len(now) != 0 {
			t.Errorf("%+v", now)
		}
		take(full, 2)
		take(nil, 2)
		heard("3 the spool cannot be put on the disk: no space left", "5 the spool cannot be put on the disk: over after 2s")
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
		heard("3 the spool cannot be put on the disk: no space left")
		e.Forget(&event.SpoolUnsynced, "")
		take(nil, 1)
		heard()
	})
}

// TestNumbersDoNotWrap: where a writer's numbers are used up another one goes on from 1.
func TestNumbersDoNotWrap(t *testing.T) {
	dir := statedir.Dir(t.TempDir())
	e := New(Options{StateDir: dir, Host: "web1", MaxNumber: 3})
	for n := range 8 {
		e.Tell(note("event", n))
	}
	e.Close()
	var got []string
	for f := range testbed.Frames(t, dir.Spool()) {
		if f.Lines == 0 {
			continue
		}
		if !e.Owns(f.Head.File) {
			t.Errorf("a file of %v", f.Head.File.Writer)
		}
		got = append(got, fmt.Sprintf("%d %s", f.First, testbed.Sentence(strings.TrimSuffix(string(f.Payload), "\n"))))
	}
	slices.Sort(got)
	if want := []string{"1 event 0", "1 event 3", "1 event 6", "2 event 1", "2 event 4", "2 event 7", "3 event 2", "3 event 5"}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

// TestTellOwn: an event can have its own writer and number; who waits for news gets some, and later files are of the host that the
// machine then has.
func TestTellOwn(t *testing.T) {
	dir := statedir.Dir(t.TempDir())
	e := New(Options{StateDir: dir, Host: "first"})
	hasNews := func() bool {
		select {
		case <-e.News():
			return true
		default:
			return false
		}
	}
	if hasNews() {
		t.Error("there is news before the first event")
	}
	own := func(writer string, number uint64) event.Event { return note(writer, number) }
	for name, tell := range map[string]func(){
		"Tell": func() { e.Tell(note("x")) }, "TellNow": func() { e.TellNow(note("x")) }, "TellOwn": func() { e.TellOwn(own) }, "Stir": func() { e.Stir(); e.Stir() },
	} {
		if tell(); !hasNews() || hasNews() {
			t.Errorf("%s: no news, or twice", name)
		}
	}
	e.Close()
	e.SetHost("second")
	e.TellOwn(own)
	e.Close()
	found := 0
	hosts := map[string]bool{}
	for f := range testbed.Frames(t, dir.Spool()) {
		text := strings.TrimSuffix(string(f.Payload), "\n")
		if f.Lines > 0 && strings.HasPrefix(text, fmt.Sprintf("%s %d {", e.Writer(), f.First)) {
			found++
			hosts[f.Head.Host] = true
		}
	}
	if found != 2 || !hosts["first"] || !hosts["second"] {
		t.Errorf("%d events with their numbers, of %v", found, hosts)
	}
}
