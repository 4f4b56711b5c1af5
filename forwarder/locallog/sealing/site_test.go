package sealing

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"httpd-syslog/forwarder/cursor"
	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/seal"
	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/spool/frame"
	"httpd-syslog/forwarder/stream"
	"httpd-syslog/forwarder/testbed/sealtest"
)

// site is a log directory that a test writes as the local log does, with the record of the last commit.
type site struct {
	*Sealer
	t         *testing.T
	o         Options
	ledger    *sealtest.Ledger
	record    []byte           // of the last commit, as JSON; nil: there was none
	sizes     map[string]int64 // of files, at the last commit
	senders   []*sender
	commits   int
	told      []string // texts of events
	deaf      bool     // TellNow cannot write
	rotations int
	secured   int   // how often Secure was called
	secure    error // what it returns
}

func newSite(t *testing.T) *site {
	s := &site{t: t, ledger: sealtest.New(), sizes: map[string]int64{}}
	s.o = Options{Every: time.Hour, Dir: t.TempDir(), Tell: s.tell,
		TellNow: func(e event.Event) bool {
			if !s.deaf {
				s.tell(e)
			}
			return !s.deaf
		},
		Secure: func() error { s.secured++; return s.secure },
	}
	s.begin()
	return s
}

// begin begins with the record of the last commit. It reports what Begin does.
func (s *site) begin() (changed bool) {
	s.t.Helper()
	s.Sealer = New(s.o)
	var r *cursor.Seals
	if s.record != nil {
		s.must(json.Unmarshal(s.record, &r))
	}
	return s.Begin(r)
}

// tell tells an event in audit_log.
func (s *site) tell(e event.Event) {
	s.told = append(s.told, e.String())
	s.ledger.Event(e.String())
	s.put(stream.AuditFile, auditLine(e.String()))
}

// auditLine is how an event stands in audit_log.
func auditLine(text string) string {
	f := &spool.Frame{Head: &frame.FileHeader{Host: "www"}, Frame: frame.Frame{First: 1, Time: time.Unix(1e9, 0)}}
	return string(stream.AppendEvent(nil, f, []byte(text)))
}

// put adds text to a file, which nobody is told of, and returns the size of the file.
func (s *site) put(name, text string) int64 {
	s.t.Helper()
	f, err := os.OpenFile(s.path(name), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	s.must(err)
	defer f.Close()
	_, err = f.WriteString(text)
	s.must(err)
	st, err := f.Stat()
	s.must(err)
	return st.Size()
}

func (s *site) path(name string) string { return filepath.Join(s.o.Dir, name) }
func (s *site) file(name string) *File  { return s.File(s.path(name), name) }

func (s *site) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// write has a frame of a sender come into a file, as it was read.
func (s *site) write(name string, from *sender, text string) {
	s.t.Helper()
	s.file(name).From(s.Read(from.frame(text)), from.kind != frame.Event)
	s.file(name).Wrote([]byte(text), s.put(name, text))
	s.Applied()
}

// commit writes a record.
func (s *site) commit() {
	s.t.Helper()
	r := s.Record()
	b, err := json.Marshal(r)
	s.must(err)
	s.Committed(r)
	s.record = b
	s.commits++
	for _, w := range s.senders {
		w.committed = w.next
	}
	s.sizes = map[string]int64{}
	names, err := filepath.Glob(s.path("*"))
	s.must(err)
	for _, name := range names {
		st, err := os.Stat(name)
		s.must(err)
		s.sizes[name] = st.Size()
	}
}

// seal makes seals of all that there is, and tells them.
func (s *site) seal() {
	s.t.Helper()
	s.WantAll()
	s.commit()
	if !s.TellMade() {
		s.t.Error("not all seals are told")
	}
}

// rotate gives a file another name, as the local log does, and returns its path.
func (s *site) rotate(name string) (backup string) {
	s.t.Helper()
	s.file(name).Want()
	s.commit()
	s.rotations++
	backup = s.backup(name, s.rotations)
	s.must(os.Rename(s.path(name), backup))
	s.file(name).Rotated(backup, 0)
	return backup
}

// backup is the path that a file gets by a rotation.
func (s *site) backup(name string, n int) string {
	return s.path(fmt.Sprintf("%s-2026-11-27T12-00-00.%03d", name, n))
}

// kill takes everything back to the last commit, as the next process finds it.
func (s *site) kill() {
	s.t.Helper()
	names, err := filepath.Glob(s.path("*"))
	s.must(err)
	for _, name := range names {
		if size, recorded := s.sizes[name]; !recorded {
			s.must(os.Remove(name))
		} else if filepath.Base(name) != stream.AuditFile {
			s.must(os.Truncate(name, size))
		}
	}
	for _, w := range s.senders {
		w.next = w.committed
	}
	s.begin()
}

// check computes all seals again.
func (s *site) check() {
	s.t.Helper()
	_, lost := s.ledger.Files(s.o.Dir)
	for _, problem := range s.ledger.Problems() {
		s.t.Error(problem)
	}
	if n := s.ledger.Unsealed(); n != 0 || len(lost) > 0 {
		s.t.Errorf("%d lines are in no seal, and of %v there is no file", n, lost)
	}
}

// seals are those that were told, in words.
func (s *site) seals() string {
	var b strings.Builder
	for _, told := range s.ledger.Seals() {
		switch l, f := told.Lines, told.File; {
		case l != nil:
			fmt.Fprintf(&b, "%d: %s %s %s %d-%d (%d) %d-%d\n", told.N, l.Writer, l.Stream, l.Class, l.First, l.Last, l.Lines, l.From.Unix(), l.To.Unix())
		default:
			fmt.Fprintf(&b, "%d: %s since %d %d-%d\n", told.N, f.File, f.Since, f.Begin, f.End)
		}
	}
	return b.String()
}

// sender gives frames, a second one after the other, with numbers from 1.
type sender struct {
	site            *site
	head            *frame.FileHeader
	file            *spool.File
	kind            frame.Kind
	next, committed uint64
}

func (s *site) sender(id uint64, pid uint32, stream string) *sender {
	head := &frame.FileHeader{File: frame.FileID{Writer: frame.WriterID{ID: id, PID: pid}, Number: 1}, Stream: stream}
	w := &sender{site: s, head: head, file: &spool.File{ID: head.File}, next: 1, committed: 1, kind: frame.Lines}
	s.senders = append(s.senders, w)
	return w
}

// events are the sender's own events.
func (w *sender) events() *sender {
	other := w.site.sender(w.head.File.Writer.ID, w.head.File.Writer.PID, w.head.Stream)
	other.file, other.kind = w.file, frame.Event
	return other
}

func (w *sender) class() seal.Class {
	if w.kind == frame.Event {
		return seal.OfEvents
	}
	return seal.OfLines
}

// frame is the next one.
func (w *sender) frame(text string) *spool.Frame {
	f := &spool.Frame{File: w.file, Head: w.head, Frame: frame.Frame{
		Kind: w.kind, First: w.next, Lines: strings.Count(text, "\n"), Payload: []byte(text), Time: time.Unix(int64(w.next), 0),
	}}
	for line := range strings.Lines(text) {
		w.site.ledger.Text(w.head.File.Writer.ProcID(), w.class(), w.next, strings.TrimSuffix(line, "\n"))
		w.next++
	}
	return f
}
