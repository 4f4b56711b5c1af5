package ledger

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/seal"
)

// Row is one of the two rows of numbers that a writer gives: to lines, or to events.
type Row struct {
	Writer uint64
	Audit  bool
}

// Class is the word for the row's texts.
func (r Row) Class() string {
	if r.Audit {
		return string(seal.OfEvents)
	}
	return string(seal.OfLines)
}

// maxNumber bounds numbers, so that sums of them are numbers, too.
const maxNumber = 1 << 60

// WriterOf is the writer that a PROCID ends with; 0: it names none.
func WriterOf(procID string) uint64 {
	const digits = 16
	n := len(procID) - digits
	if n < 0 || n == 1 || n > 0 && procID[n-1] != '-' || strings.ContainsAny(procID[n:], "ABCDEF+_") {
		return 0
	}
	w, err := strconv.ParseUint(procID[n:], 16, 64)
	if err != nil {
		return 0
	}
	return w
}

// Told is an event as it was found.
type Told struct {
	Host string
	Time time.Time // when it was told; zero: not known
	Text string
	File string
	Line int64
}

// Ledger is what events say, by host.
type Ledger struct {
	Hosts map[string]*Host
	// Chains hold all seals against each other. A chain goes on when its host gets another name.
	Chains  seal.Checker
	Files   map[FileKey]*File
	Central Central
	Tellers map[string]string // by chain: the host that has told its first seal that was read
	// Flaws are seals that cannot be read, and what contradicts itself.
	Flaws []string
	seen  map[seal.Sum]bool // texts of events that count once

	owners map[Row]*Host
}

// New is a ledger without entries.
func New() *Ledger {
	return &Ledger{
		Hosts: make(map[string]*Host), Files: make(map[FileKey]*File), Tellers: make(map[string]string), seen: make(map[seal.Sum]bool),
		Central: Central{lists: make(map[string]map[string]int64), hosts: make(map[string]map[string]bool), removed: make(map[string]map[string]bool)},
	}
}

// maxHosts bounds the ledger.
const maxHosts = 100000

// Add enters an event. The same one may come often: from a local file and from servers.
func (l *Ledger) Add(t *Told) {
	h := l.host(t.Host)
	if h == nil {
		return
	}
	h.sees(t.Time)
	told, ok := event.Parse(t.Text)
	if !ok {
		return
	}
	s, err := seal.Parse(t.Text)
	switch {
	case err == nil && s.Central != nil:
		return // Central has it, if it is to be believed
	case err == nil:
		l.addSeal(h, &s, t)
		return
	case !errors.Is(err, seal.ErrOther):
		l.Flaws = append(l.Flaws, fmt.Sprintf("%s, line %d: %v", t.File, t.Line, err))
		return
	}
	if told.Code != event.Heartbeat.Code { // these repeat themselves
		key := seal.SumOf(t.Host + "\n" + t.Text)
		if l.seen[key] {
			return
		}
		l.seen[key] = true
	}
	h.addEvent(&told, t)
}

// host is the entry of a host, made where there is none; nil: there are too many.
func (l *Ledger) host(name string) *Host {
	h := l.Hosts[name]
	if h == nil && len(l.Hosts) < maxHosts {
		h = &Host{
			Name: name, Pieces: make(map[Row]Pieces), Writers: make(map[uint64]*Writer),
			accounts: make(map[accountKey]Spans), removed: make(map[string]bool),
		}
		l.Hosts[name] = h
	}
	return h
}

// Finish puts all in order, behind the last Add. It may be called again behind more of them.
func (l *Ledger) Finish() {
	l.owners = make(map[Row]*Host)
	for _, name := range l.Names() {
		h := l.Hosts[name]
		h.finish()
		for row := range h.Pieces {
			l.own(row, h)
		}
	}
	for _, f := range l.Files {
		f.finish()
	}
}

// addSeal enters a seal.
func (l *Ledger) addSeal(h *Host, s *seal.Seal, t *Told) {
	if !l.Chains.Add(s, t.Text) {
		return // told again
	}
	if l.Tellers[s.Chain] == "" {
		l.Tellers[s.Chain] = h.Name
	}
	if s.File != nil {
		l.addFile(s)
	} else {
		h.addLines(s)
	}
}

// own notes whose seals have a row. Where those of two hosts do, one lies: the one that tells of the
// writer's begin or end is taken for its host.
func (l *Ledger) own(row Row, h *Host) {
	was := l.owners[row]
	if was == nil {
		l.owners[row] = h
		return
	}
	l.Flaws = append(l.Flaws, fmt.Sprintf("seals of two hosts, %q and %q, are of writer %016x", was.Name, h.Name, row.Writer))
	if w := h.Writers[row.Writer]; !w.Begun.IsZero() || w.Ended {
		l.owners[row] = h
	}
}

// Owner is the host that a row's seals come from; nil: there are none.
func (l *Ledger) Owner(row Row) *Host { return l.owners[row] }

// Names are the hosts' names, in order.
func (l *Ledger) Names() (names []string) {
	for name := range l.Hosts {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
