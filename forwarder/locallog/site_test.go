package locallog

import (
	"errors"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"httpd-syslog/forwarder/audit"
	"httpd-syslog/forwarder/consumer"
	"httpd-syslog/forwarder/cursor"
	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/statedir"
	"httpd-syslog/forwarder/status"
	"httpd-syslog/forwarder/stream"
	"httpd-syslog/forwarder/syslogfmt"
	"httpd-syslog/forwarder/testbed"
	"httpd-syslog/forwarder/testbed/sealtest"
)

// site is a state directory with a log directory, writers of lines, and the local log alone.
type site struct {
	t        *testing.T
	stateDir statedir.Dir
	streams  []stream.Stream
	o        Options
	maxOpen  int                // files of the local log; 0: as usual
	others   *consumer.Progress // of another consumer; nil: there is none
	catalog  *spool.Catalog     // of the local log that was begun last
	lock     *statedir.Lock     // likewise
	ledger   *sealtest.Ledger   // of what the spool has had; nil: there are no seals
	every    time.Duration      // between two commits; 0: as usual
	awaited  atomic.Int64       // ns since 1970, when somebody last said that they wait for the record
}

func newSite(t *testing.T) *site {
	dir := t.TempDir()
	s := &site{
		t: t, stateDir: statedir.Dir(filepath.Join(dir, "state")), o: Options{Dir: filepath.Join(dir, "log"), Mode: 0o640, Sync: true},
		streams: []stream.Stream{
			{Name: "access", File: "access_log", Facility: syslogfmt.Local1, Severity: syslogfmt.Notice, Tag: "httpd"},
			{Name: "error", File: "error_log", Facility: syslogfmt.Local2, Severity: syslogfmt.Err, Auto: true, Tag: "httpd"},
		},
	}
	must(t, s.stateDir.Make())
	return s
}

func (s *site) writer(stream string) *testbed.LineWriter {
	return testbed.NewLineWriter(s.t, s.stateDir, stream)
}

// local is what a file of the local log has.
func (s *site) local(file string) string {
	b, err := os.ReadFile(filepath.Join(s.o.Dir, file))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		s.t.Fatal(err)
	}
	return string(b)
}

// newLocal is the local log, which has not begun.
func (s *site) newLocal() *Log {
	s.t.Helper()
	must(s.t, s.stateDir.Make())
	lock, err := statedir.TakeLock(s.stateDir.DeliveryLock())
	must(s.t, err)
	s.lock = lock
	set := statedir.ConsumerSet{Config: "test", Digest: "1", LogDir: s.o.Dir, Streams: []string{"access", "error"}}
	must(s.t, set.Record(s.stateDir, false))
	s.catalog = spool.NewCatalog(s.stateDir.Spool())
	must(s.t, s.catalog.Refresh())
	l, err := New(s.o, s.base(statedir.LocalCursor), Others{
		Are:      func() bool { return s.others != nil },
		Have:     func(span *cursor.Span) bool { return s.others != nil && s.others.Has(span) },
		MakeRoom: func() {},
	})
	must(s.t, err)
	if s.maxOpen > 0 {
		l.files.most = s.maxOpen
	}
	return l
}

// beginLocal begins with the local log, and removes at its end what that has of the spool.
func (s *site) beginLocal() (l *Log, end func()) {
	s.t.Helper()
	if l = s.newLocal(); !l.begin() {
		s.t.Fatal("the local log cannot be begun")
	}
	return l, func() {
		l.Events.Close()
		l.lastStep = true
		s.step(l)
		must(s.t, l.commit())
		l.end()
		s.clean(l)
		s.lock.Release()
	}
}

// killLocal leaves everything as a kill -9 of the process that has the local log does.
func (s *site) killLocal(l *Log) {
	l.Events.Close() // the queue: what a killed process had not written is not in the spool
	for _, file := range l.files.byName {
		_ = file.log.Close()
	}
	must(s.t, l.lock.Close())
	l.reader.Close()
	s.lock.Release()
}

// base is what a consumer is made of.
func (s *site) base(name string) *consumer.Base {
	r, err := cursor.Read(s.stateDir.Cursor(name))
	must(s.t, err)
	p := consumer.NewProgress(consumer.ProgressOptions{StateDir: s.stateDir, Name: name, Sync: s.o.Sync, Catalog: s.catalog, Awaited: &s.awaited, CommitEvery: s.every})
	p.Publish(r)
	return &consumer.Base{
		StateDir: s.stateDir, Progress: p, Record: r, Catalog: s.catalog, Streams: stream.NewTable(s.streams),
		Events: audit.New(audit.Options{StateDir: s.stateDir, Host: "web1"}), Unsubscribe: func() {},
	}
}

// clean removes the spool files that the local log needs no more.
func (s *site) clean(l *Log) {
	s.t.Helper()
	if s.ledger != nil {
		must(s.t, s.ledger.Spool(s.stateDir.Spool()))
	}
	must(s.t, s.catalog.Refresh())
	for _, f := range s.catalog.Files() {
		if size, err := f.Size(); err == nil && f.Complete() && l.Progress.Passed(f, size) {
			must(s.t, s.catalog.Remove(f))
		}
	}
}

// deliverLocally writes what is in the spool to the local log, and ends. It is quicker than a
// deliverer, which waits for more before it ends.
func (s *site) deliverLocally() {
	s.t.Helper()
	l, end := s.beginLocal()
	defer end()
	s.step(l)
}

// step has the local log write what is there. Its status tells of an error, too.
func (s *site) step(l *Log) error {
	s.t.Helper()
	s.look(l)
	return l.step(s.t.Context())
}

// look has the local log know what the spool has.
func (s *site) look(l *Log) {
	s.t.Helper()
	must(s.t, l.Catalog.Refresh())
	for _, f := range l.Catalog.Files() {
		f.Touch()
	}
}

// event spools one.
func (s *site) event(text string) {
	e := audit.New(audit.Options{StateDir: s.stateDir, Host: "web1"})
	defer e.Close()
	if _, written := e.TellNow(testbed.Note.With("text", text)); !written {
		s.t.Fatal("the event cannot be written")
	}
}

// age makes a local file one that was last written to a minute ago.
func (s *site) age(file string) {
	s.t.Helper()
	at := time.Now().Add(-time.Minute)
	must(s.t, os.Chtimes(filepath.Join(s.o.Dir, file), at, at))
}

// backup copies the state directory, and returns what puts the copy in its place.
func (s *site) backup() (restore func()) {
	s.t.Helper()
	copied := filepath.Join(s.t.TempDir(), "state")
	if err := os.CopyFS(copied, os.DirFS(string(s.stateDir))); err != nil {
		s.t.Fatal(err)
	}
	return func() {
		s.t.Helper()
		if err := errors.Join(os.RemoveAll(string(s.stateDir)), os.CopyFS(string(s.stateDir), os.DirFS(copied))); err != nil {
			s.t.Fatal(err)
		}
	}
}

func (s *site) appendLocal(file, text string) {
	s.t.Helper()
	f, err := os.OpenFile(filepath.Join(s.o.Dir, file), os.O_APPEND|os.O_WRONLY, 0)
	if err == nil {
		_, err = f.WriteString(text)
		err = errors.Join(err, f.Close())
	}
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *site) status() status.Status {
	s.t.Helper()
	st, err := status.Read(s.stateDir)
	if err != nil {
		s.t.Fatal(err)
	}
	return st
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
