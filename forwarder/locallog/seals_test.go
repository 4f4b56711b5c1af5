package locallog

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"httpd-syslog/forwarder/cursor"
	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/spool/spooltest"
	"httpd-syslog/forwarder/statedir"
	"httpd-syslog/forwarder/testbed"
	"httpd-syslog/forwarder/testbed/sealtest"
)

// sealed makes a site with seals, which come when they are wanted and not by time.
func sealed(t *testing.T) *site {
	s := newSite(t)
	s.o.Seal = time.Hour
	s.ledger = sealtest.New()
	return s
}

// sealNow has the local log write what is there, make seals of it, and write these too.
func (s *site) sealNow(l *Log) {
	s.t.Helper()
	must(s.t, s.step(l))
	l.state.seals.WantAll()
	must(s.t, s.step(l))
	must(s.t, s.step(l))
}

// checkSeals computes all seals again.
func (s *site) checkSeals(unsealed, lost int) {
	s.t.Helper()
	must(s.t, s.ledger.Spool(s.stateDir.Spool()))
	s.ledger.Audit(s.o.Dir)
	pieces, gone := s.ledger.Files(s.o.Dir)
	for _, problem := range s.ledger.Problems() {
		s.t.Error(problem)
	}
	if n := s.ledger.Unsealed(); n != unsealed {
		s.t.Errorf("%d lines are in no seal, not %d", n, unsealed)
	}
	if len(gone) != lost {
		s.t.Errorf("%d pieces of files are lost, not %d: %+v", len(gone), lost, gone)
	}
	s.t.Logf("%d seals in %d chains, %d told again, %d pieces of files", len(s.ledger.Seals()), len(s.ledger.Extents()), s.ledger.Again, pieces)
	if s.t.Failed() {
		s.t.Log(s.local("audit_log"))
	}
}

// TestSeals: of lines that are alone in their file, of two writers that share one, and of events; and what
// they say is what is in the spool and in the files.
func TestSeals(t *testing.T) {
	t.Parallel()
	s := sealed(t)
	w, e := s.writer("access"), s.writer("error")
	l, end := s.beginLocal()
	for range 3 {
		w.Lines(100)
		e.Lines(1)
		s.event("something")
		s.sealNow(l)
	}
	w.Lines(10)
	must(t, s.step(l))
	must(t, l.commit())
	access := filepath.Join(s.o.Dir, "access_log")
	if piece := l.state.last.Seals.Files[access]; piece.Alone == "" || piece.Sum != nil {
		t.Errorf("a file that a writer has for itself is hashed twice: %+v", piece)
	}
	other := s.writer("access")
	for range 3 {
		w.Lines(10)
		other.Lines(5)
		s.step(l)
		must(t, l.commit())
		if piece := l.state.last.Seals.Files[access]; piece.Alone != "" || piece.Sum == nil {
			t.Errorf("a file of two writers: %+v", piece)
		}
		other.Lines(7)
		s.sealNow(l)
	}
	w.Lines(1)
	end()
	l, end = s.beginLocal()
	s.step(l)
	end()
	s.checkSeals(0, 0)
	if n := len(s.ledger.Extents()); n != 1 {
		t.Errorf("%d chains", n)
	}
}

// TestNothingToSeal: seals alone make no seals, and no commits.
func TestNothingToSeal(t *testing.T) {
	t.Parallel()
	s := sealed(t)
	s.o.Seal = time.Nanosecond
	w := s.writer("access")
	l, end := s.beginLocal()
	w.Lines(1)
	s.step(l)
	for range 5 {
		s.step(l)
	}
	n := l.state.last.Seals.Chain.N
	if at := l.state.seals.NextAt(); !at.IsZero() {
		t.Errorf("more is due at %v", at)
	}
	end()
	for range 3 {
		s.deliverLocally()
	}
	s.checkSeals(0, 0)
	if x := s.ledger.Extents(); len(x) != 1 || x[0].Last != n || n < 2 || n > 4 {
		t.Errorf("%+v, and %d seals at first", x, n)
	}
}

// TestSealsOverKills: whatever was written and recorded when the process died, each text is in one seal,
// each byte in one piece, and no number has two seals.
func TestSealsOverKills(t *testing.T) {
	t.Parallel()
	for _, kill := range []string{"read", "written", "recorded", "proposed", "committed", "told", "rotated"} {
		t.Run(kill, func(t *testing.T) {
			t.Parallel()
			s := sealed(t)
			w, e := s.writer("access"), s.writer("error")
			other := s.writer("access")
			for round := range 4 {
				l, _ := s.beginLocal()
				w.Lines(20)
				s.sealNow(l)
				w.Lines(10)
				e.Lines(3)
				if round%2 == 1 {
					other.Lines(5)
				}
				if kill != "read" {
					must(t, s.step(l))
				}
				switch kill {
				case "recorded":
					must(t, l.commit())
				case "proposed":
					l.state.seals.WantAll()
					l.state.seals.Record()
				case "committed":
					l.state.seals.WantAll()
					must(t, l.commit())
				case "told":
					l.state.seals.WantAll()
					must(t, l.commit())
					l.state.seals.TellMade()
				case "rotated":
					must(t, l.rotate([]*logFile{l.files.byName["access_log"]}))
				}
				must(t, s.ledger.Spool(s.stateDir.Spool()))
				s.killLocal(l)
			}
			s.deliverLocally()
			s.deliverLocally()
			s.checkSeals(0, 0)
			if n := len(s.ledger.Extents()); n != 1 {
				t.Errorf("%d chains", n)
			}
		})
	}
}

// TestSealsAndRotation: at each size of files, whatever is in them.
func TestSealsAndRotation(t *testing.T) {
	t.Parallel()
	for _, size := range []int64{1, 200, 777, 5000} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			t.Parallel()
			s := sealed(t)
			s.o.MaxSize = size
			w, other := s.writer("access"), s.writer("access")
			l, end := s.beginLocal()
			for i := range 20 {
				w.Lines(1 + i)
				if i%4 == 3 {
					other.Lines(3)
				}
				if i%3 == 0 {
					s.sealNow(l)
				}
				s.step(l)
			}
			end()
			s.deliverLocally()
			s.checkSeals(0, 0)
		})
	}
}

// TestRotationSealsAll: where a file is to be rotated before it gets a frame, all that was read before is sealed with it.
func TestRotationSealsAll(t *testing.T) {
	t.Parallel()
	s := sealed(t)
	s.o.MaxSize = 100
	w, e := s.writer("access"), s.writer("error")
	l, end := s.beginLocal()
	w.Lines(10)
	e.Lines(1)
	must(t, s.step(l))
	if n := l.state.last.Seals.Count; n != 0 {
		t.Errorf("%d seals before the rotation", n)
	}
	w.Lines(10)
	must(t, s.step(l))
	if n := l.state.last.Seals.Count; n != 4 {
		t.Errorf("the rotation has %d seals: of two writers and two files it should be 4", n)
	}
	end()
	s.deliverLocally()
	s.checkSeals(0, 0)
}

// TestRotatedFileIsReadAgain: its digest is told, with that of each piece compared, and what was altered in
// the meantime is found.
func TestRotatedFileIsReadAgain(t *testing.T) {
	t.Parallel()
	for _, altered := range []bool{false, true} {
		s := sealed(t)
		w := s.writer("access")
		l, end := s.beginLocal()
		w.Lines(100)
		s.sealNow(l)
		w.Lines(100)
		s.sealNow(l)
		must(t, l.rotate([]*logFile{l.files.byName["access_log"]}))
		names, _ := filepath.Glob(filepath.Join(s.o.Dir, "access_log-*"))
		if len(names) != 1 {
			t.Fatal(names)
		}
		if altered {
			b, err := os.ReadFile(names[0])
			must(t, err)
			b[len(b)-2] ^= 1
			must(t, os.WriteFile(names[0], b, 0o640))
		}
		testbed.Eventually(t, "the rotated file is read again", func() bool {
			s.step(l)
			select {
			case found := <-l.state.seals.Reread():
				l.took(found)
			default:
			}
			return !l.state.seals.Busy()
		})
		s.step(l)
		end()
		s.deliverLocally()
		code := "event=seal.rotated "
		if altered {
			code = "event=seal.differs "
		}
		if got := s.local("audit_log"); !strings.Contains(got, code) || strings.Contains(got, "compared=0 ") {
			t.Errorf("altered: %v:\n%s", altered, got)
		}
	}
}

// TestOlderStateDirectoryAndSeals: a state directory that was restored from a backup does not go on with the
// chain, which audit_log has further.
func TestOlderStateDirectoryAndSeals(t *testing.T) {
	t.Parallel()
	s := sealed(t)
	w := s.writer("access")
	seal := func() {
		l, end := s.beginLocal()
		w.Lines(10)
		s.sealNow(l)
		end()
		s.deliverLocally()
	}
	seal()
	restore := s.backup()
	seal()
	seal()
	must(t, s.ledger.Spool(s.stateDir.Spool()))
	restore()
	w = s.writer("access")
	seal()
	s.checkSeals(0, 0)
	if x := s.ledger.Extents(); len(x) != 2 || !strings.Contains(s.local("audit_log"), "event=seal.broken former=") {
		t.Errorf("%+v\n%s", x, s.local("audit_log"))
	}
}

// TestFilesChangedByOthers: where bytes were added, cut or exchanged the seals begin anew, with an event, and
// what they say is true.
func TestFilesChangedByOthers(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(t *testing.T, s *site, path string){
		"added":     func(t *testing.T, s *site, path string) { s.appendLocal("access_log", "by hand\n") },
		"moved":     func(t *testing.T, s *site, path string) { must(t, os.Rename(path, path+"-moved")) },
		"truncated": func(t *testing.T, s *site, path string) { must(t, os.Truncate(path, 0)) },
		"removed":   func(t *testing.T, s *site, path string) { must(t, os.Remove(path)) },
		"replaced": func(t *testing.T, s *site, path string) {
			must(t, os.Remove(path))
			must(t, os.WriteFile(path, []byte("other\n"), 0o640))
		},
	} {
		for _, running := range []bool{true, false} {
			t.Run(fmt.Sprint(name, running), func(t *testing.T) {
				t.Parallel()
				s := sealed(t)
				w := s.writer("access")
				l, end := s.beginLocal()
				w.Lines(10)
				s.sealNow(l)
				w.Lines(5)
				must(t, s.step(l))
				must(t, l.commit())
				if !running {
					end()
				}
				change(t, s, filepath.Join(s.o.Dir, "access_log"))
				if !running {
					l, end = s.beginLocal()
				}
				for range 3 {
					w.Lines(4)
					s.step(l)
				}
				s.sealNow(l)
				end()
				s.deliverLocally()
				if got := s.local("access_log"); !strings.HasSuffix(got, testbed.Numbered(16, 27)) {
					t.Errorf("lines that came behind the change are not there: %q", got)
				}
				lost := 0
				if name == "truncated" || name == "removed" || name == "replaced" {
					lost = 2
				}
				s.checkSeals(0, lost)
				if n := strings.Count(s.local("audit_log"), "event=seal.anew "); n != 1 {
					t.Errorf("%d events tell of it:\n%s", n, s.local("audit_log"))
				}
			})
		}
	}
}

// TestSealsOfAFileThatWaits: its lines are sealed as they are read, and its bytes as they come into it.
func TestSealsOfAFileThatWaits(t *testing.T) {
	t.Parallel()
	for _, killed := range []bool{false, true} {
		s := sealed(t)
		must(t, os.MkdirAll(s.o.Dir, 0o755))
		w, e := s.writer("access"), s.writer("error")
		w.Lines(10)
		l, end := s.beginLocal()
		s.sealNow(l)
		access := filepath.Join(s.o.Dir, "access_log")
		must(t, os.Rename(access, access+"-1"))
		must(t, os.Mkdir(access, 0o755))
		for range 3 {
			w.Lines(20)
			e.Lines(2)
			s.sealNow(l)
		}
		w.Lines(5)
		s.step(l)
		if killed {
			must(t, l.commit())
			w.Lines(5)
			s.step(l)
			s.killLocal(l)
			l, end = s.beginLocal()
		}
		must(t, os.Remove(access))
		s.untilLevel(l)
		w.Lines(7)
		s.sealNow(l)
		w.Close()
		end()
		s.deliverLocally()
		s.checkSeals(0, 0)
	}
}

// TestSealsOfLinesLeftOut: they are in the seals of their writer, and not in those of the file.
func TestSealsOfLinesLeftOut(t *testing.T) {
	t.Parallel()
	s := sealed(t)
	w := s.writer("access")
	l, end := s.beginLocal()
	relay := s.base(statedir.RelayCursor("central")).Progress
	s.others = relay
	w.Lines(10)
	s.step(l)
	for range 3 {
		w.Lines(10)
		must(t, s.catalog.Refresh())
		c := cursor.Record{Accepted: spool.Positions{}}
		for _, f := range s.catalog.Files() {
			size, err := f.Size()
			must(t, err)
			c.Accepted[f.ID] = spool.Position{Offset: size}
		}
		relay.Publish(c)
		l.shortage.Full, l.shortage.LookedAt = true, time.Now().Add(time.Hour)
		must(t, s.step(l))
		l.shortage.Full = false
		w.Lines(10)
		s.step(l)
		s.sealNow(l)
	}
	if got := l.state.counts["access"].LeftOut; got == 0 {
		t.Error("no lines are left out")
	}
	s.others = nil
	end()
	s.deliverLocally()
	s.checkSeals(0, 0)
}

// TestSealsBehindDamage: what the spool cannot give is in no seal, and all around it is.
func TestSealsBehindDamage(t *testing.T) {
	t.Parallel()
	s := sealed(t)
	w := s.writer("access")
	l, end := s.beginLocal()
	w.Lines(10)
	s.step(l)
	w.Lines(10)
	files, _ := filepath.Glob(filepath.Join(s.stateDir.Spool(), "*.*"))
	for _, file := range files {
		spooltest.Overwrite(t, file, func(b []byte) {
			if i := strings.LastIndex(string(b), "15\n"); i > 0 {
				b[i] ^= 0xff
			}
		})
	}
	w.Lines(10)
	s.step(l)
	s.sealNow(l)
	end()
	s.deliverLocally()
	s.checkSeals(0, 0)
	if l.state.damage.Places != 1 {
		t.Errorf("%+v", l.state.damage)
	}
}

// TestSealsOffAndOn: the chain goes on, and says where there were none.
func TestSealsOffAndOn(t *testing.T) {
	t.Parallel()
	s := sealed(t)
	w := s.writer("access")
	for _, every := range []time.Duration{time.Hour, 0, 0, time.Hour} {
		s.o.Seal = every
		l, end := s.beginLocal()
		w.Lines(10)
		s.sealNow(l)
		end()
	}
	s.deliverLocally()
	s.checkSeals(20, 0)
	if n := strings.Count(s.local("audit_log"), "event=seal.off "); n != 1 || len(s.ledger.Extents()) != 1 {
		t.Errorf("%d events say that there are no seals; chains: %+v", n, s.ledger.Extents())
	}
}

// TestRecordOfSealsIsLost: another chain begins, and names the one that audit_log has.
func TestRecordOfSealsIsLost(t *testing.T) {
	t.Parallel()
	s := sealed(t)
	w := s.writer("access")
	for round := range 2 {
		l, end := s.beginLocal()
		w.Lines(10)
		s.sealNow(l)
		end()
		if round == 0 {
			must(t, s.ledger.Spool(s.stateDir.Spool()))
			must(t, os.Remove(s.stateDir.Cursor(statedir.LocalCursor)))
		}
	}
	s.deliverLocally()
	s.ledger.Audit(s.o.Dir)
	x := s.ledger.Extents()
	if len(x) != 2 || !strings.Contains(s.local("audit_log"), "event=seal.broken former=") {
		t.Errorf("%+v\n%s", x, s.local("audit_log"))
	}
}

// TestSealsOfManyFiles: so many at once and no more; the others come in their turn.
func TestSealsOfManyFiles(t *testing.T) {
	t.Parallel()
	s := sealed(t)
	s.streams[0].File = "{vhost}/access_log"
	w := s.writer("access")
	l, end := s.beginLocal()
	var text strings.Builder
	for n := range 250 {
		fmt.Fprintf(&text, "host%d.example GET /\n", n)
	}
	w.Text(text.String())
	must(t, s.step(l))
	var counts []uint64
	for range 4 {
		was := l.state.last.Seals.Count
		l.state.seals.WantAll()
		must(t, s.step(l))
		counts = append(counts, l.state.last.Seals.Count-was)
	}
	if counts[0] != 100 || counts[1] != 100 || counts[2] < 50 || counts[2] > 54 || counts[3] > 4 {
		t.Errorf("seals at a time: %v", counts)
	}
	w.Close()
	end()
	s.deliverLocally()
	s.checkSeals(0, 0)
}

// TestSealsAtAWritersEnd: they do not wait for the next ones that are due by time.
func TestSealsAtAWritersEnd(t *testing.T) {
	t.Parallel()
	s := sealed(t)
	w := s.writer("access")
	l, end := s.beginLocal()
	w.Lines(10)
	must(t, s.step(l))
	if at := l.state.seals.NextAt(); time.Until(at) < 50*time.Minute {
		t.Errorf("seals are due in %v", time.Until(at))
	}
	w.Close()
	testbed.Eventually(t, "seals", func() bool {
		must(t, s.step(l))
		return l.state.last.Seals.Count > 0
	})
	end()
	s.deliverLocally()
	s.checkSeals(0, 0)
}

// TestSealsOfAWriterInTwoFiles: its stream has got another file while its lines were in no seal yet.
func TestSealsOfAWriterInTwoFiles(t *testing.T) {
	t.Parallel()
	s := sealed(t)
	w := s.writer("access")
	l, _ := s.beginLocal()
	w.Lines(10)
	must(t, s.step(l))
	must(t, l.commit())
	s.killLocal(l)
	s.streams[0].File = "other_log"
	l, end := s.beginLocal()
	w.Lines(5)
	must(t, s.step(l))
	must(t, l.commit())
	w.Lines(5)
	s.sealNow(l)
	end()
	s.deliverLocally()
	s.checkSeals(0, 0)
}
