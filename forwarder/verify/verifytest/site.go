package verifytest

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"fmt"
	"hash"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/seal"
	"httpd-syslog/forwarder/syslogfmt"
)

// Options say what happens at a site. The zero value is half an hour of a small one.
type Options struct {
	Seed    uint64
	Host    string
	Start   time.Time
	Minutes int
	Lines   int  // of a writer in a minute, at most
	Writers int  // at a time
	Rotate  int  // minutes until local files are rotated
	Central int  // minutes until the central files are
	Calm    bool // nothing is lost, cut or sent again
	NoLocal bool
	Packed  bool // central files are compressed, all but the last
	Plain   bool // central files are not compressed
	Big     bool // it is not known afterwards who has written what
}

// Site is a web server and its central server.
type Site struct {
	Options
	Local, Remote string // directories
	// Last is the time behind all.
	Last time.Time
	// Truth is who has written a text; nil in a Big site.
	Truth map[string]Origin

	tb        testing.TB
	rng       *rand.Rand
	now       time.Time
	writers   []*writer
	deliverer *writer
	chain     seal.Chain
	files     map[string]*localFile
	order     []string // of files
	remote    map[string]*remoteFile
	minute    int
	backups   []string // compressed ones, for removal
	ended     []*writer
	encoder   *syslogfmt.Encoder
	buf       []byte
}

// writer gives numbers.
type writer struct {
	procID, stream string
	rows           [2]row // lines, events
	recent         []message
}

type row struct {
	number      uint64 // the last one given
	first, last uint64 // sealed next
	lines       uint64
	from, to    time.Time
	sum         hash.Hash
	told        bool // there is something to seal
}

type message struct {
	row    int
	number uint64
	at     time.Time
	text   string
}

// localFile is a file of the local log.
type localFile struct {
	name       string
	since      uint64
	begin, end int64
	sum        hash.Hash
	whole      hash.Hash
	out        *os.File
	told       bool
}

// New makes a site in a directory of the test.
func New(tb testing.TB, o Options) *Site {
	set := func(n *int, or int) {
		if *n == 0 {
			*n = or
		}
	}
	set(&o.Minutes, 30)
	set(&o.Lines, 60)
	set(&o.Writers, 3)
	set(&o.Rotate, 9)
	set(&o.Central, 13)
	if o.Host == "" {
		o.Host = "web1.example.com"
	}
	if o.Start.IsZero() {
		o.Start = time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC)
	}
	dir := tb.TempDir()
	s := &Site{
		Options: o, Local: filepath.Join(dir, "local"), Remote: filepath.Join(dir, "central"), tb: tb, now: o.Start,
		Truth: make(map[string]Origin), encoder: syslogfmt.NewEncoder(syslogfmt.RFC5424, syslogfmt.None, 0), rng: rand.New(rand.NewPCG(o.Seed, 7)), files: make(map[string]*localFile), remote: make(map[string]*remoteFile),
	}
	s.chain = seal.Chain{ID: fmt.Sprintf("%016x%016x", s.rng.Uint64(), s.rng.Uint64())}
	s.check(os.MkdirAll(s.Local, 0o755), os.MkdirAll(filepath.Join(s.Remote, o.Host), 0o755))
	s.run()
	return s
}

func (s *Site) check(errs ...error) {
	for _, err := range errs {
		if err != nil {
			s.tb.Helper()
			s.tb.Fatal(err)
		}
	}
}

// run lets time pass.
func (s *Site) run() {
	s.deliverer = s.newWriter("")
	s.tell(s.deliverer, fmt.Sprintf("a chain of seals begins: the state directory is new {event=seal.chain why=new chain=%s former=\"\" n=0}", s.chain.ID))
	for s.minute = range s.Minutes {
		for len(s.writers) < s.Writers {
			s.begin()
		}
		s.traffic()
		if !s.Calm {
			s.mishaps()
		}
		s.seal()
		if s.minute%s.Rotate == s.Rotate-1 {
			s.rotate()
		}
		if s.minute%s.Central == s.Central-1 {
			s.rotateRemote()
		}
		if s.rng.IntN(8) == 0 {
			s.end(s.rng.IntN(len(s.writers)))
		}
		if s.minute%5 == 4 {
			s.heartbeat()
		}
		s.now = s.Start.Add(time.Duration(s.minute+1) * time.Minute)
	}
	for len(s.writers) > 0 {
		s.end(0)
	}
	s.seal()
	s.heartbeat()
	s.close()
	s.Last = s.now
}

func (s *Site) newWriter(stream string) *writer {
	w := &writer{procID: fmt.Sprintf("%d-%016x", 1000+s.rng.IntN(30000), s.rng.Uint64()), stream: stream}
	for i := range w.rows {
		w.rows[i].sum = sha256.New()
	}
	return w
}

func (s *Site) begin() {
	stream := "access"
	if len(s.writers)%3 == 2 {
		stream = "error"
	}
	w := s.newWriter(stream)
	s.writers = append(s.writers, w)
	s.tell(w, fmt.Sprintf("intake of %s has begun: process 1 {event=intake.begin stream=%s pid=1 writer=%s}", stream, stream, w.procID))
}

func (s *Site) end(i int) {
	w := s.writers[i]
	s.writers = append(s.writers[:i:i], s.writers[i+1:]...)
	s.ended = append(s.ended, w)
	last := w.rows[1].number + 1
	s.tell(w, fmt.Sprintf("intake of %s has ended: process 1 {event=intake.end stream=%s writer=%s last=%d last_event=%d}", w.stream, w.stream, w.procID, w.rows[0].number, last))
}

// traffic has the writers write, in turns.
func (s *Site) traffic() {
	left := make([]int, len(s.writers))
	total := 0
	for i := range left {
		left[i] = s.rng.IntN(s.Lines + 1)
		total += left[i]
	}
	for ; total > 0; total-- {
		i := s.rng.IntN(len(left))
		for left[i] == 0 {
			i = (i + 1) % len(left)
		}
		left[i]--
		s.now = s.now.Add(time.Duration(1+s.rng.IntN(900)) * time.Microsecond)
		w := s.writers[i]
		s.add(w, 0, s.line(w.stream))
	}
}

var agents = []string{"Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0", "curl/8.9.1", "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X)", "-"}

// line is a line of a web server.
func (s *Site) line(stream string) string {
	r := s.rng
	if stream == "error" {
		return fmt.Sprintf("[%s] [core:error] [pid %d] (36)File name too long: [client 10.0.%d.%d:%d] AH00036: access to /%x failed", s.now.Format("Mon Jan 02 15:04:05.000000 2006"), r.IntN(30000), r.IntN(256), r.IntN(256), r.IntN(60000), r.Uint64())
	}
	return fmt.Sprintf(`www.example.com 10.%d.%d.%d - - [%s] "GET /shop/item/%d?session=%x HTTP/1.1" 200 %d "-" "%s"`,
		r.IntN(256), r.IntN(256), r.IntN(256), s.now.Format("02/Jan/2006:15:04:05 -0700"), r.IntN(100000), r.Uint64(), r.IntN(100000), agents[r.IntN(len(agents))])
}

// add has a writer give a number to a text, and the text written everywhere.
func (s *Site) add(w *writer, class int, text string) {
	row := &w.rows[class]
	row.number++
	if row.lines == 0 {
		row.first, row.from = row.number, s.now
	}
	row.last, row.to = row.number, s.now
	row.lines++
	_, _ = row.sum.Write([]byte(text + "\n"))
	if !isRoutine(text) {
		row.told = true
	}
	m := message{class, row.number, s.now, text}
	if !s.Big {
		s.Truth[text] = Origin{Writer: w.procID, Number: row.number, Minute: s.minute, Audit: class == 1}
	}
	s.writeLocal(w, &m)
	s.send(w, &m)
	if !s.Calm {
		if w.recent = append(w.recent, m); len(w.recent) > 40 {
			w.recent = w.recent[1:]
		}
	}
}

// tell has a writer tell an event.
func (s *Site) tell(w *writer, text string) { s.add(w, 1, text) }

func (s *Site) heartbeat() {
	h := seal.Heartbeat{N: s.chain.N, Chain: s.chain.ID, Clock: seal.Clock{State: "synchronised", Error: time.Millisecond}}
	for _, w := range s.writers {
		h.Writers = append(h.Writers, event.Range{Writer: w.procID, First: 1, Last: w.rows[0].number})
	}
	for _, e := range h.Event().Split() {
		s.tell(s.deliverer, e.String())
	}
}

// mishaps lose lines, and send some again.
func (s *Site) mishaps() {
	for _, w := range s.writers {
		row := &w.rows[0]
		if n := uint64(1 + s.rng.IntN(5)); row.number > 0 && s.rng.IntN(6) == 0 {
			s.tell(s.deliverer, fmt.Sprintf("%d lines of %s are missing in the spool: dropped {event=lines.missing lines=%d stream=%s why=dropped writer=%s first=%d last=%d}",
				n, w.stream, n, w.stream, w.procID, row.number+1, row.number+n))
			row.number += n
			s.add(w, 0, s.line(w.stream))
		}
		if s.rng.IntN(5) == 0 { // a break of the connection
			for _, m := range w.recent[s.rng.IntN(len(w.recent)+1):] {
				s.send(w, &m)
			}
		}
	}
}

// seal ends all hashes.
func (s *Site) seal() {
	var texts []string
	for _, w := range append(append([]*writer{}, s.ended...), append(s.writers, s.deliverer)...) {
		for class := range w.rows {
			row := &w.rows[class]
			if !row.told {
				continue
			}
			texts = append(texts, s.chain.Lines(seal.Lines{
				Writer: w.procID, Stream: streamOf(w, class), Class: [...]seal.Class{seal.OfLines, seal.OfEvents}[class],
				First: row.first, Last: row.last, Lines: row.lines, From: row.from, To: row.to, Sum: seal.Sum(row.sum.Sum(nil)),
			}))
			row.sum.Reset()
			row.lines, row.told = 0, false
		}
	}
	for _, name := range s.order {
		f := s.files[name]
		if !f.told {
			continue
		}
		texts = append(texts, s.chain.File(seal.File{File: name, Since: f.since, Begin: f.begin, End: f.end, Sum: seal.Sum(f.sum.Sum(nil))}))
		if f.since == 0 {
			f.since = s.chain.N
		}
		f.begin, f.told = f.end, false
		f.sum.Reset()
	}
	for _, text := range texts {
		s.tell(s.deliverer, text)
	}
	s.ended = nil
}

func streamOf(w *writer, class int) string {
	if class == 1 {
		return "audit"
	}
	return w.stream
}

func isRoutine(text string) bool {
	for _, k := range []*event.Kind{&event.SealLines, &event.SealFile, &event.Heartbeat} {
		if bytes.Contains([]byte(text), []byte(" {event="+k.Code+" ")) {
			return true
		}
	}
	return false
}

var severity = [...]syslogfmt.Severity{syslogfmt.Notice, syslogfmt.Info}

// pack compresses a file, and removes it.
func (s *Site) pack(path string) {
	content, err := os.ReadFile(path)
	s.check(err)
	f, err := os.Create(path + ".gz")
	s.check(err)
	z := gzip.NewWriter(f)
	_, err = z.Write(content)
	s.check(err, z.Close(), f.Close(), os.Remove(path))
}
