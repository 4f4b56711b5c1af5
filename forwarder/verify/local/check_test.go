package local

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"httpd-syslog/forwarder/seal"
	"httpd-syslog/forwarder/verify/finding"
	"httpd-syslog/forwarder/verify/ledger"
)

// logs is a log directory, and the events of its host.
type logs struct {
	t      *testing.T
	dir    string
	chain  seal.Chain
	host   string
	told   []*ledger.Told
	sealed map[string]sealedUpTo // by name
}

// sealedUpTo is how far a file is sealed, and its first and last seal.
type sealedUpTo struct {
	end          int64
	since, until uint64
}

func newLogs(t *testing.T) *logs {
	return &logs{t: t, dir: t.TempDir(), chain: seal.NewChain(), host: "web1", sealed: make(map[string]sealedUpTo)}
}

func (l *logs) must(err error) {
	l.t.Helper()
	if err != nil {
		l.t.Fatal(err)
	}
}

func (l *logs) path(name string) string { return filepath.Join(l.dir, name) }

func (l *logs) read(name string) string {
	l.t.Helper()
	b, err := os.ReadFile(l.path(name))
	l.must(err)
	return string(b)
}

func (l *logs) write(name, text string) {
	l.t.Helper()
	l.must(os.WriteFile(l.path(name), []byte(text), 0o600))
}

// put adds text to a file, and has it sealed.
func (l *logs) put(name, text string) {
	l.t.Helper()
	was, _ := os.ReadFile(l.path(name))
	l.write(name, string(was)+text)
	l.seal(name)
}

// tell tells an event, an hour after the begin.
func (l *logs) tell(text string) {
	l.told = append(l.told, &ledger.Told{Host: l.host, Time: time.Date(2026, 1, 1, 1, 0, 0, 0, time.UTC), Text: text})
}

// seal seals what a file has behind its last seal.
func (l *logs) seal(name string) {
	l.t.Helper()
	text, s := l.read(name), l.sealed[name]
	l.tell(l.chain.File(seal.File{File: name, Since: s.since, Begin: s.end, End: int64(len(text)), Sum: sha256.Sum256([]byte(text[s.end:]))}))
	if s.since == 0 {
		s.since = l.chain.N
	}
	s.end, s.until = int64(len(text)), l.chain.N
	l.sealed[name] = s
}

// lines seals lines, of which nothing else is known, of a minute of the day.
func (l *logs) lines(minute int) {
	at := time.Date(2026, 1, 1, 0, minute, 0, 0, time.UTC)
	l.tell(l.chain.Lines(seal.Lines{Writer: "7-00000000000000af", Class: seal.OfLines, First: uint64(minute + 1), Last: uint64(minute + 1), Lines: 1, From: at, To: at}))
}

// rotate gives a file another name; told: with an event.
func (l *logs) rotate(name, backup string, told bool) {
	l.t.Helper()
	l.must(os.Rename(l.path(name), l.path(backup)))
	if s := l.sealed[name]; told {
		r := seal.Rotated{File: backup, Chain: l.chain.ID, Since: s.since, Until: s.until}
		e := r.Event()
		l.tell(e.String())
	}
	delete(l.sealed, name)
}

// pack compresses a file.
func (l *logs) pack(name string) { l.t.Helper(); l.must(pack(l.path(name), l.path(name+".gz"))) }

// check holds the files against the events, and returns what it comes to, in words.
func (l *logs) check(o Options) (words []string, counts finding.Counts, of *Local) {
	l.t.Helper()
	if o.Dir = l.dir; l.dir == "" {
		o.Dir = l.path("nowhere")
	}
	o.Ledger, o.Report = ledger.New(), new(finding.Report)
	for _, told := range l.told {
		o.Ledger.Add(told)
	}
	of = New(o)
	of.ReadEvents(l.t.Context())
	o.Ledger.Finish()
	of.Check(l.t.Context())
	o.Report.Sort()
	for _, f := range o.Report.Findings {
		words = append(words, l.words(&f))
	}
	for what, said := range map[string][]string{"note": o.Report.Notes, "unchecked": o.Report.Unchecked} {
		for _, say := range said {
			words = append(words, what+": "+strings.ReplaceAll(say, l.dir, "DIR"))
		}
	}
	keys := slices.SortedFunc(maps.Keys(of.Pieces), func(a, b SealKey) int { return int(a.N) - int(b.N) })
	for _, key := range keys {
		p := of.Pieces[key]
		text := fmt.Sprintf("piece %d: %s %d-%d good %v", key.N, filepath.Base(p.Path), p.Begin, p.End, p.Good)
		for _, f := range p.Tell {
			text += "; " + l.words(&f)
		}
		words = append(words, text)
	}
	slices.Sort(words)
	return words, o.Report.Counts, of
}

func (l *logs) words(f *finding.Finding) string {
	seal := strings.ReplaceAll(f.Seal, l.chain.ID, "ID")
	return fmt.Sprintf("%s %s %s %d-%d %s: %s", f.Code, f.Host, strings.ReplaceAll(f.File, l.dir, "DIR"), f.Begin, f.End, seal, f.Say)
}

// TestCheck: what can have become of files that were sealed, and what is said and counted of it.
func TestCheck(t *testing.T) {
	for name, tt := range checked {
		t.Run(name, func(t *testing.T) {
			l := newLogs(t)
			tt.do(l)
			words, counts, _ := l.check(tt.o)
			if counts != tt.counts || !slices.Equal(words, tt.words) {
				t.Errorf("%+v\n%s", counts, strings.Join(words, "\n"))
			}
			tt.o.Count = true
			if _, counted, _ := l.check(tt.o); counted.Lines != tt.lines || counted.Checked != tt.good || counted.Beside != tt.lines-tt.good || counted.Bytes != counts.Bytes {
				t.Errorf("counted: %+v", counted)
			}
		})
	}
}

// TestEach: each line of some pieces comes once, with its place, and no other.
func TestEach(t *testing.T) {
	l := newLogs(t)
	l.put("access_log", "one\ntwo\n")
	l.put("access_log", "three\n")
	l.put("error_log", "four\n")
	l.put("access_log", "five\nsix\n")
	l.pack("error_log")
	_, _, of := l.check(Options{})
	for _, tt := range []struct {
		seals []uint64
		want  string
	}{
		{[]uint64{1}, "access_log:1 1 one, access_log:2 1 two"},
		{[]uint64{4, 1}, "access_log:1 1 one, access_log:2 1 two, access_log:4 4 five, access_log:5 4 six"},
		{[]uint64{3, 2, 9}, "error_log.gz:1 3 four, access_log:3 2 three"},
		{nil, ""},
	} {
		var keys []SealKey
		for _, n := range tt.seals {
			keys = append(keys, SealKey{l.chain.ID, n})
		}
		var got []string
		of.Each(t.Context(), keys, func(at *Line) {
			if at.Seal.Chain != l.chain.ID {
				t.Errorf("%+v", at)
			}
			got = append(got, fmt.Sprintf("%s:%d %d %s", filepath.Base(at.Path), at.Line, at.Seal.N, at.Text))
		})
		if strings.Join(got, ", ") != tt.want {
			t.Errorf("%v: %q", tt.seals, got)
		}
	}
}

// gzipped compresses a text.
func gzipped(text string) string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write([]byte(text))
	_ = z.Close()
	return b.String()
}

// TestEventsGone: an audit log that is gone when it is to be read is told of.
func TestEventsGone(t *testing.T) {
	l := newLogs(t)
	l.write("audit_log", "")
	r := new(finding.Report)
	of := New(Options{Dir: l.dir, Ledger: ledger.New(), Report: r})
	l.must(os.Remove(l.path("audit_log")))
	if of.ReadEvents(t.Context()); len(r.Unchecked) != 1 || !strings.Contains(r.Unchecked[0], "audit_log") {
		t.Errorf("%q", r.Unchecked)
	}
}

// TestEventsHaveTheirPlace: a seal that cannot be read is told of with file and line.
func TestEventsHaveTheirPlace(t *testing.T) {
	l := newLogs(t)
	const head = "2026-01-01T00:00:00.000000Z web1 httpd_syslog[1]: [ID 1 syslog.info] "
	l.write("audit_log", head+"no event\n"+head+"x {event=seal.file n=0}\n")
	_, _, of := l.check(Options{})
	if flaws := of.o.Ledger.Flaws; len(flaws) != 1 || !strings.HasPrefix(flaws[0], l.path("audit_log")+", line 2: ") {
		t.Errorf("%q", flaws)
	}
}
