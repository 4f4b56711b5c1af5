package statedir_test

import (
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"httpd-syslog/forwarder/record"
	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/spool/frame"
	"httpd-syslog/forwarder/statedir"
	"httpd-syslog/forwarder/testbed"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// made is a state directory that has been made.
func made(t *testing.T) statedir.Dir {
	t.Helper()
	dir := statedir.Dir(filepath.Join(t.TempDir(), "state"))
	must(t, dir.Make())
	return dir
}

// TestMake: only the owner can write to what Make has made or found, and nobody else can read lines.
func TestMake(t *testing.T) {
	dir := made(t)
	for _, d := range []string{dir.Spool(), dir.Cursors()} {
		st, err := os.Stat(d)
		if err != nil || st.Mode().Perm()&0o027 != 0 {
			t.Errorf("%s: %v, %v", d, st.Mode(), err)
		}
		must(t, os.Chmod(d, 0o777))
	}
	must(t, dir.Make())
	for _, d := range []string{dir.Spool(), dir.Cursors()} {
		if st, err := os.Stat(d); err != nil || st.Mode().Perm() != 0o755 {
			t.Errorf("%s: %v, %v", d, st.Mode(), err)
		}
	}
	for _, in := range []func(statedir.Dir) string{statedir.Dir.Spool, statedir.Dir.Cursors} {
		other := statedir.Dir(t.TempDir())
		must(t, os.WriteFile(in(other), nil, 0o600))
		if other.Make() == nil {
			t.Errorf("%s is a file, and there is no error", in(other))
		}
	}
}

// TestCheckNotForAll: what everybody may write to is told, and nothing else.
func TestCheckNotForAll(t *testing.T) {
	dir := t.TempDir()
	for mode, bad := range map[fs.FileMode]bool{0o750: false, 0o775: false, 0o755: false, 0o757: true, 0o702: true} {
		must(t, os.Chmod(dir, mode))
		if err := statedir.CheckNotForAll("spool", dir); (err != nil) != bad || bad && (!strings.HasPrefix(err.Error(), fmt.Sprintf("spool %q: everybody may write", dir)) || !strings.HasSuffix(err.Error(), "chmod o-w "+dir)) {
			t.Errorf("%v: %v", mode, err)
		}
	}
	if err := statedir.CheckNotForAll("spool", filepath.Join(dir, "none")); err != nil {
		t.Error(err)
	}
}

// TestCheck: who can write to the spool, or could make it, gets no error, and nothing is changed.
func TestCheck(t *testing.T) {
	top := t.TempDir()
	dir := statedir.Dir(filepath.Join(top, "a", "b"))
	if err := dir.Check(); err != nil || testbed.Exists(filepath.Join(top, "a")) {
		t.Errorf("%v", err)
	}
	must(t, os.WriteFile(filepath.Join(top, "a"), nil, 0o600))
	if err := dir.Check(); err == nil {
		t.Error("a directory above is a file, and there is no error")
	}
}

// TestLocks: one process has a lock; a file that was taken away is not it; the others see who is at work.
func TestLocks(t *testing.T) {
	dir := made(t)
	for name, locked := range map[string]func() bool{dir.DeliveryLock(): dir.Delivering, dir.ServiceLock(): dir.ServiceRuns} {
		if locked() {
			t.Errorf("%s is locked before it is there", name)
		}
		l, err := statedir.TakeLock(name)
		must(t, err)
		if !l.Valid() || !locked() {
			t.Errorf("%s is not locked", name)
		}
		if _, err := statedir.TakeLock(name); !errors.Is(err, statedir.ErrLocked) {
			t.Errorf("%s a second time: %v", name, err)
		}
		must(t, l.Sign())
		if text := testbed.ReadFile(t, name); text != fmt.Sprintf("%d\n", os.Getpid()) {
			t.Errorf("%s says %q", name, text)
		}
		must(t, os.Rename(name, name+".away"))
		if l.Valid() {
			t.Errorf("%s was taken away, and the lock holds", name)
		}
		must(t, os.WriteFile(name, nil, 0o600))
		if l.Valid() {
			t.Errorf("%s is another file, and the lock holds", name)
		}
		must(t, os.Rename(name+".away", name))
		l.Release()
		if locked() {
			t.Errorf("%s is locked after its release", name)
		}
	}
	if _, err := statedir.TakeLock(filepath.Join(string(dir), "none", "lock")); err == nil || errors.Is(err, statedir.ErrLocked) {
		t.Errorf("without a directory: %v", err)
	}
	must(t, os.Symlink("elsewhere", filepath.Join(string(dir), "link")))
	if _, err := statedir.TakeLock(filepath.Join(string(dir), "link")); err == nil || testbed.Exists(filepath.Join(string(dir), "elsewhere")) {
		t.Errorf("a symbolic link is followed: %v", err)
	}
}

// TestSignOfLife: a deliverer that has touched its lock after a time has seen what was there by then.
func TestSignOfLife(t *testing.T) {
	dir := made(t)
	now := time.Now()
	if dir.DeliveredAfter(now.Add(-time.Hour)) {
		t.Error("somebody has delivered, and nobody has")
	}
	l, err := statedir.TakeLock(dir.DeliveryLock())
	must(t, err)
	defer l.Release()
	l.Touch(now.Add(time.Hour))
	if !dir.DeliveredAfter(now.Add(time.Hour-time.Second)) || dir.DeliveredAfter(now.Add(time.Hour+time.Second)) {
		t.Error("the lock was not touched")
	}
}

// TestStart: one process at a time starts a deliverer, and one does where no lock can be had.
func TestStart(t *testing.T) {
	dir := made(t)
	release, mine := dir.LockStart()
	if !mine {
		t.Fatal("nobody has the lock, and it cannot be had")
	}
	if _, second := dir.LockStart(); second {
		t.Error("two have it")
	}
	release()
	release, mine = dir.LockStart()
	if !mine {
		t.Error("it was not released")
	}
	release()
	if release, mine = statedir.Dir(filepath.Join(string(dir), "none")).LockStart(); !mine {
		t.Error("without a directory nobody starts a deliverer")
	}
	release()
}

// TestKnock: a knock changes the times of files that tell nothing else.
func TestKnock(t *testing.T) {
	dir := made(t)
	old := time.Now().Add(-time.Hour)
	for _, path := range []string{dir.ServiceLock(), filepath.Join(string(dir), "start.lock"), dir.DeliveryLock()} {
		must(t, os.WriteFile(path, nil, 0o600))
		must(t, os.Chtimes(path, old, old))
	}
	dir.Knock()
	for path, want := range map[string]bool{dir.ServiceLock(): true, filepath.Join(string(dir), "start.lock"): true, dir.DeliveryLock(): false} {
		st, err := os.Stat(path)
		must(t, err)
		if statedir.IsKnock(path) != want || st.ModTime().After(old.Add(time.Minute)) != want {
			t.Errorf("%s: %v", path, st.ModTime())
		}
	}
}

// TestAwaitRecord: who waits for the record makes a file, and changes its times from then on; that is no knock.
func TestAwaitRecord(t *testing.T) {
	dir := made(t)
	dir.AwaitRecord()
	old := time.Now().Add(-time.Hour)
	must(t, os.Chtimes(dir.Awaited(), old, old))
	dir.AwaitRecord()
	st, err := os.Stat(dir.Awaited())
	must(t, err)
	if !st.ModTime().After(old.Add(time.Minute)) || statedir.IsKnock(dir.Awaited()) {
		t.Errorf("%v", st.ModTime())
	}
	statedir.Dir(filepath.Join(string(dir), "none")).AwaitRecord() // nobody is there
}

// TestDistress: others know while somebody cannot write to the spool, however many there are, and no longer.
func TestDistress(t *testing.T) {
	dir := made(t)
	var a, b statedir.Distress
	for _, step := range []struct {
		of       *statedir.Distress
		on, want bool
	}{{&a, false, false}, {&a, true, true}, {&a, true, true}, {&b, true, true}, {&a, false, true}, {&b, false, false}, {&b, false, false}} {
		step.of.Set(dir, step.on)
		if dir.InDistress() != step.want {
			t.Errorf("%+v: %v", step, !step.want)
		}
	}
	before := testbed.Descriptors(t)
	none := statedir.Dir(filepath.Join(string(dir), "none"))
	a.Set(none, true)
	if none.InDistress() || testbed.Descriptors(t) != before {
		t.Error("a directory that is not there is in distress")
	}
}

// TestFreeDuringAFork: a lock that was let go is free, though a process that is being started has the description for
// a while, as if it were a duplicate.
func TestFreeDuringAFork(t *testing.T) {
	dir := made(t)
	var distress statedir.Distress
	distress.Set(dir, true)
	defer testbed.Share(t, string(dir))()
	if distress.Set(dir, false); dir.InDistress() {
		t.Error("the directory is in distress still")
	}
	lock, err := statedir.TakeLock(dir.DeliveryLock())
	must(t, err)
	defer testbed.Share(t, dir.DeliveryLock())()
	lock.Release()
	again, err := statedir.TakeLock(dir.DeliveryLock())
	must(t, err)
	again.Release()
}

// TestVerified: what came of a check is read back; none, and one that cannot be read, are told apart.
func TestVerified(t *testing.T) {
	dir := made(t)
	if v, err := dir.Verified(); err != nil || v != (statedir.Verified{}) {
		t.Errorf("%+v, %v", v, err)
	}
	was := statedir.Verified{At: time.Unix(1e9, 0).UTC(), Findings: 3, Exit: 1, Lines: 9, Result: "r"}
	must(t, dir.RecordVerified(&was))
	if v, err := dir.Verified(); err != nil || v != was {
		t.Errorf("%+v, %v", v, err)
	}
	must(t, os.WriteFile(filepath.Join(string(dir), "verified"), []byte("{}"), 0o600))
	if v, err := dir.Verified(); err == nil || v != (statedir.Verified{}) {
		t.Errorf("%+v, %v", v, err)
	}
}

// TestAcknowledged: findings up to an acknowledgement are seen; without one that can be read, none are.
func TestAcknowledged(t *testing.T) {
	dir := made(t)
	if at := dir.Acknowledged(); !at.IsZero() {
		t.Error(at)
	}
	before := time.Now()
	must(t, dir.Acknowledge())
	if at := dir.Acknowledged(); at.Before(before.Add(-time.Second)) || at.After(time.Now()) {
		t.Error(at)
	}
	must(t, os.WriteFile(filepath.Join(string(dir), "acknowledged"), []byte("x"), 0o600))
	if at := dir.Acknowledged(); !at.IsZero() {
		t.Error(at)
	}
}

func someSet() statedir.ConsumerSet {
	return statedir.ConsumerSet{Config: "c", Digest: "d", LogDir: "/l", Streams: []string{"access"}, Relays: []string{"a"}}
}

// TestConsumers: a state directory belongs to those who are recorded, until the configuration that they are from changes.
func TestConsumers(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(s *statedir.ConsumerSet)
		other  bool // they may not deliver
		differ bool // they may, and are others
	}{
		"the same":                 {func(s *statedir.ConsumerSet) {}, false, false},
		"the same of another file": {func(s *statedir.ConsumerSet) { s.Config = "x" }, false, false},
		"another directory":        {func(s *statedir.ConsumerSet) { s.LogDir = "/x" }, true, false},
		"another stream":           {func(s *statedir.ConsumerSet) { s.Streams = []string{"error"} }, true, false},
		"another relay":            {func(s *statedir.ConsumerSet) { s.Relays = nil }, true, false},
		"another relay, of another file with another content": {func(s *statedir.ConsumerSet) { s.Relays, s.Config, s.Digest = nil, "x", "y" }, true, false},
		"another relay, of a new content":                     {func(s *statedir.ConsumerSet) { s.Relays, s.Digest = nil, "y" }, false, true},
	} {
		dir, want := made(t), someSet()
		tt.change(&want)
		if have, err := dir.CompareConsumers(&want); have != nil || err != nil || dir.ConsumersDiffer(want) {
			t.Errorf("%s: nobody is recorded: %+v, %v", name, have, err)
		}
		set := someSet()
		must(t, set.Record(dir, true))
		have, err := dir.CompareConsumers(&want)
		if errors.Is(err, statedir.ErrOtherConsumers) != tt.other || (err == nil) == tt.other || (have == nil) != tt.other || errors.Is(dir.CheckConsumers(want), statedir.ErrOtherConsumers) != tt.other {
			t.Errorf("%s: %+v, %v", name, have, err)
		}
		if tt.other && (!strings.Contains(err.Error(), textOf(someSet())) || !strings.Contains(err.Error(), textOf(want))) {
			t.Errorf("%s: %v", name, err)
		}
		if dir.ConsumersDiffer(want) != tt.differ {
			t.Errorf("%s: they differ: %v", name, !tt.differ)
		}
	}
	dir := made(t)
	must(t, os.WriteFile(filepath.Join(string(dir), "consumers"), []byte("x"), 0o600))
	set := someSet()
	if _, err := dir.CompareConsumers(&set); err == nil || errors.Is(err, statedir.ErrOtherConsumers) {
		t.Errorf("a damaged record: %v", err)
	}
}

func textOf(s statedir.ConsumerSet) string { return s.String() }

// TestConsumersInWords: who reads the spool is told with all that two sets can differ in.
func TestConsumersInWords(t *testing.T) {
	s := statedir.ConsumerSet{Config: "/etc/c", LogDir: "/l", Streams: []string{"access", "error"}, Relays: []string{"a", "b"}}
	if got, want := s.String(), "log directory /l, streams access error, relays [a b] (/etc/c)"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// TestNewerRecord: who finds a consumer's record of a newer program may not deliver.
func TestNewerRecord(t *testing.T) {
	for _, consumer := range []string{statedir.LocalCursor, statedir.RelayCursor("a")} {
		dir, set := made(t), someSet()
		newer := "{}\n99"
		newer += fmt.Sprintf(" %08x\n", crc32.Checksum([]byte(newer), crc32.MakeTable(crc32.Castagnoli)))
		must(t, os.WriteFile(dir.Cursor(consumer), []byte(newer), 0o600))
		if err := dir.CheckConsumers(set); !errors.Is(err, record.ErrVersion) {
			t.Errorf("%s: %v", consumer, err)
		}
		set.Relays = nil
		if err := dir.CheckConsumers(set); (err != nil) != (consumer == statedir.LocalCursor) {
			t.Errorf("%s, without the relay: %v", consumer, err)
		}
	}
}

// TestWaiting: what waits for each consumer is counted, of those writers alone.
func TestWaiting(t *testing.T) {
	dir, set := made(t), someSet()
	w, other := testbed.NewLineWriter(t, dir, "access"), testbed.NewLineWriter(t, dir, "access")
	w.Lines(2)
	c := spool.NewCatalog(dir.Spool())
	must(t, c.Look())
	two := c.Ends()
	w.Lines(3)
	must(t, c.Look())
	five := c.Ends()
	other.Lines(7)
	waiting := statedir.NewWaiting(dir, []frame.WriterID{w.W.ID()})
	count := func(want map[string]uint64) {
		t.Helper()
		got, err := waiting.Count()
		must(t, err)
		for name, n := range want {
			if got[name] != n || len(got) != len(want) {
				t.Errorf("%v, want %v", got, want)
			}
		}
	}
	count(map[string]uint64{statedir.LocalLog: 5})
	must(t, set.Record(dir, false))
	must(t, record.Write(dir.Cursor(statedir.LocalCursor), map[string]any{"accepted": two}, false))
	count(map[string]uint64{statedir.LocalLog: 3, "relay a": 5})
	must(t, record.Write(dir.Cursor(statedir.RelayCursor("a")), map[string]any{"accepted": five}, false))
	count(map[string]uint64{statedir.LocalLog: 3, "relay a": 0})
	behind := func(stream string) map[string]any {
		return map[string]any{"accepted": spool.Positions{}, "done": five, "files": map[string]any{"/x": map[string]any{"stream": stream, "at": two}}}
	}
	must(t, record.Write(dir.Cursor(statedir.LocalCursor), behind("access"), false))
	count(map[string]uint64{statedir.LocalLog: 3, "relay a": 0}) // a file of the local log is behind
	must(t, record.Write(dir.Cursor(statedir.LocalCursor), behind("audit"), false))
	count(map[string]uint64{statedir.LocalLog: 0, "relay a": 0}) // events are no lines
	if got, err := statedir.NewWaiting(dir, nil).Count(); err != nil || got[statedir.LocalLog] != 0 {
		t.Errorf("of no writer: %v, %v", got, err)
	}
	for _, path := range []string{dir.Cursor(statedir.LocalCursor), dir.Cursor(statedir.RelayCursor("a")), filepath.Join(string(dir), "consumers")} {
		was := testbed.ReadFile(t, path)
		must(t, os.WriteFile(path, []byte("x"), 0o600))
		if _, err := waiting.Count(); err == nil {
			t.Errorf("%s cannot be read, and there is no error", filepath.Base(path))
		}
		must(t, os.WriteFile(path, []byte(was), 0o600))
	}
	must(t, os.RemoveAll(dir.Spool()))
	must(t, os.WriteFile(dir.Spool(), nil, 0o600))
	if _, err := waiting.Count(); err == nil {
		t.Error("there is no spool, and no error")
	}
}

// TestNames: no two things of a state directory have one name.
func TestNames(t *testing.T) {
	d := statedir.Dir("/s")
	all := []string{
		d.Spool(), d.Cursors(), d.Rotated(), d.Incidents(), d.Damaged(), d.DeliveryLock(), d.ServiceLock(), d.Awaited(), d.Aside("a"), d.Opened(), d.Changes(),
		d.Cursor(statedir.LocalCursor), d.Cursor(statedir.CollectCursor), d.Cursor(statedir.RelayCursor("local")), d.Cursor(statedir.RelayCursor("a")),
	}
	slices.Sort(all)
	if len(slices.Compact(slices.Clone(all))) != len(all) || !strings.HasPrefix(all[0], "/s/") {
		t.Error(all)
	}
}
