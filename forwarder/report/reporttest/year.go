// Package reporttest makes the events of many hosts in a year, as a central server has them, by a seed: with
// outages, a hole, an altered file and a week without truncation, of which it says what a report must say.
// Each event goes through the formatting of the product. It is for tests alone.
package reporttest

import (
	"bufio"
	"cmp"
	"compress/gzip"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/seal"
	"httpd-syslog/forwarder/syslogfmt"
)

// Options say how much there is.
type Options struct {
	Seed  uint64
	Hosts int           // web servers, six at least; the central server comes besides
	Seals int           // an hour, of each web server; 0: none
	Beat  time.Duration // between heartbeats; 0: five minutes
	Zone  *time.Location
}

// Truth is what a report of the year must say.
type Truth struct {
	Events    uint64 // of all hosts, but for seals and heartbeats
	Truncated uint64 // card numbers
	InClear   uint64
	Missing   uint64 // numbers of lines in the hole
	GivenUp   uint64 // lines
	Waited    uint64 // lines of the first outage
	Verified  uint64 // runs that found nothing
	Noted     string // incidents
	Short     string
	StillDown string
	Hole      string
	Lines     int // of all files
}

// Year is the events of a year: 2026.
type Year struct {
	Options
	Dir   string // central files
	From  time.Time
	To    time.Time
	Truth Truth

	tb      testing.TB
	rng     *rand.Rand
	encoder *syslogfmt.Encoder
	buf     []byte
}

// host is one that tells events.
type host struct {
	y      *Year
	name   string
	procID string
	number uint64
	seals  seal.Chain
	out    *os.File
	gz     *gzip.Writer
	w      *bufio.Writer
	month  time.Month
}

// New makes the events in a directory of the test.
func New(tb testing.TB, o Options) *Year {
	o.Hosts = max(o.Hosts, 6)
	o.Beat = cmp.Or(o.Beat, 5*time.Minute)
	if o.Zone == nil {
		o.Zone = time.UTC
	}
	y := &Year{Options: o, Dir: filepath.Join(tb.TempDir(), "central"), tb: tb, rng: rand.New(rand.NewPCG(o.Seed, 17)),
		From: time.Date(2026, 1, 1, 0, 0, 0, 0, o.Zone), To: time.Date(2027, 1, 1, 0, 0, 0, 0, o.Zone), encoder: syslogfmt.NewEncoder(syslogfmt.RFC5424, syslogfmt.None, 0)}
	for i := range o.Hosts {
		y.web(i + 1)
	}
	y.central()
	return y
}

func (y *Year) check(errs ...error) {
	for _, err := range errs {
		if err != nil {
			y.tb.Helper()
			y.tb.Fatal(err)
		}
	}
}

func (y *Year) newHost(name string) *host {
	h := &host{y: y, name: name, procID: fmt.Sprintf("%d-%016x", 1000+y.rng.IntN(30000), y.rng.Uint64())}
	h.seals = seal.Chain{ID: fmt.Sprintf("%032x", y.rng.Uint64())}
	return h
}

// id is the incident that the next event begins.
func (h *host) id() string {
	_, writer, _ := strings.Cut(h.procID, "-")
	return fmt.Sprintf("%s.%d", writer, h.number+1)
}

// tell writes an event at a time. Times must not go back beyond a month's begin.
func (h *host) tell(at time.Time, e event.Event) {
	for _, part := range e.Split() {
		h.text(at, part.Kind.Severity, part.String())
		if !part.Kind.Routine {
			h.y.Truth.Events++
		}
	}
}

func (h *host) text(at time.Time, severity syslogfmt.Severity, text string) {
	if month := at.In(h.y.Zone).Month(); month != h.month {
		h.turn(month)
	}
	h.number++
	h.y.Truth.Lines++
	h.y.encoder.SetHeader(&syslogfmt.Header{Facility: syslogfmt.Syslog, Time: at, Hostname: h.name, Tag: "httpd_syslog", ProcID: h.procID, MsgID: "audit"})
	h.y.buf = append(h.y.encoder.Append(h.y.buf[:0], severity, h.number, []byte(text)), '\n')
	_, err := h.w.Write(h.y.buf)
	h.y.check(err)
}

// turn begins another file: those of past months are packed.
func (h *host) turn(month time.Month) {
	h.close()
	h.month = month
	dir := filepath.Join(h.y.Dir, h.name)
	h.y.check(os.MkdirAll(dir, 0o755))
	path := filepath.Join(dir, fmt.Sprintf("audit-2026-%02d.log", month))
	if month < time.December {
		path += ".gz"
	}
	var err error
	h.out, err = os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o640)
	h.y.check(err)
	var w io.Writer = h.out
	if month < time.December {
		h.gz, err = gzip.NewWriterLevel(h.out, gzip.BestSpeed)
		h.y.check(err)
		w = h.gz
	}
	h.w = bufio.NewWriterSize(w, 256<<10)
}

func (h *host) close() {
	if h.out == nil {
		return
	}
	h.y.check(h.w.Flush())
	if h.gz != nil {
		h.y.check(h.gz.Close())
		h.gz = nil
	}
	h.y.check(h.out.Close())
	h.out = nil
}
