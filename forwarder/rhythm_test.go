package forwarder

import (
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fsnotify/fsnotify"

	"httpd-syslog/forwarder/spool"
)

// TestRhythm: once a second while something happens and for a while after it, then at
// full multiples of the slow time.
func TestRhythm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(1234 * time.Millisecond)
		var r rhythm
		if got := r.next(); got > slowTick || time.Now().Add(got).UnixNano()%int64(slowTick) != 0 {
			t.Errorf("nothing has ever happened: %v", got)
		}
		r.stir()
		for range int(lively / tick) {
			if got := r.next(); got != tick {
				t.Errorf("lately: %v", got)
			}
			time.Sleep(tick)
		}
		if got := r.next(); r.isLively() || got > slowTick || time.Now().Add(got).UnixNano()%int64(slowTick) != 0 {
			t.Errorf("a while ago: %v", got)
		}
		r.slow = tick
		if got := r.next(); got > tick {
			t.Errorf("with a watchdog: %v", got)
		}
		r.slow = tick / 2
		r.stir()
		if got := r.next(); got != r.slow {
			t.Errorf("lately, with a hasty watchdog: %v", got)
		}
	})
}

// TestIdleEnds: what has to be done now and then is due at once when the first line comes
// after a while without any: with a server away, a line must not wait for its sync.
func TestIdleEnds(t *testing.T) {
	dir := t.TempDir()
	w := &watcher{due: make(chan struct{}, 1), dir: filepath.Join(dir, "spool"), catalog: spool.NewCatalog(filepath.Join(dir, "spool"))}
	line := fsnotify.Event{Name: filepath.Join(w.dir, "file"), Op: fsnotify.Remove}
	for i, due := range []bool{true, false} {
		w.event(line)
		if got := len(w.due) == 1; got != due {
			t.Errorf("event %d: due %v", i, got)
		}
		for len(w.due) > 0 {
			<-w.due
		}
	}
	w.event(fsnotify.Event{Name: serviceLock(dir), Op: fsnotify.Write})
	if len(w.due) != 1 {
		t.Error("the service that takes over has to wait")
	}
}

func TestCodeMapping(t *testing.T) {
	const inode = 42
	for line, want := range map[string]bool{
		"00400000-00a01000 r-xp 00000000 fe:00 42                  /usr/bin/httpd_syslog":           true,
		"00a01000-01080000 r--p 00601000 fe:00 42                  /usr/bin/httpd_syslog (deleted)": true,
		"01080000-010c0000 rw-p 00c80000 fe:00 42                  /usr/bin/httpd_syslog":           false,
		"00400000-00a01000 r-xp 00000000 fe:00 43                  /usr/lib/libc.so":                false,
		"5580feb96000-5580feb98000 r-xp 00000000 fe:00 42          /usr/bin/httpd_syslog":           true,
		"5580feba1000-5580feba2000 r--p 0000a000 fe:00 42          /usr/bin/httpd_syslog":           false, // relocated
		"c000000000-c000400000 rw-p 00000000 00:00 0":                                               false,
		"ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0   [vsyscall]":                      false,
		"": false,
	} {
		if _, _, got := codeMapping(line, inode); got != want {
			t.Errorf("%q: %v", line, got)
		}
	}
	if from, to, _ := codeMapping("00400000-00a01000 r-xp 00000000 fe:00 42 /x", inode); from != 0x400000 || to != 0xa01000 {
		t.Errorf("%x-%x", from, to)
	}
	letGoOfCode() // and it goes on
}
