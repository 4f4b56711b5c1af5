package ledger

import (
	"fmt"
	"strings"
	"time"

	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/seal"
)

// Host is what the events of one host say.
type Host struct {
	Name    string
	Pieces  map[Row]Pieces
	Writers map[uint64]*Writer
	Rotated []seal.Rotated
	// Reported are findings that the host itself has told.
	Reported []Told
	// Begun and Former are chains that events tell of: each one's beginning, and which it replaces.
	Begun map[string]string

	First, Last time.Time // when the first and the last event was told
	Beat        time.Time // the last heartbeat; zero: there is none
	open        map[uint64]uint64
	promised    map[string]uint64 // by chain: the highest number of a seal that other events name
	sealed      time.Time         // when the last sealed line came in

	accounts map[accountKey]Spans
	removed  map[string]bool
}

// Writer is what is told of one that gives numbers.
type Writer struct {
	ProcID string
	Stream string
	Begun  time.Time // zero: nobody has told that it began
	Ended  bool
	Last   uint64 // the last number of a line, where Ended
	Events uint64 // the last number of an event, where that was told
}

type accountKey struct {
	row Row
	as  event.Account
}

// sees notes when an event was told.
func (h *Host) sees(t time.Time) {
	if t.IsZero() {
		return
	}
	if h.First.IsZero() || t.Before(h.First) {
		h.First = t
	}
	if t.After(h.Last) {
		h.Last = t
	}
}

// Sealed is when the last line came in that has a seal, or the last heartbeat was told.
func (h *Host) Sealed() time.Time {
	if h.Beat.After(h.sealed) {
		return h.Beat
	}
	return h.sealed
}

const (
	// late is for how long lines may wait behind others: by then seals have theirs.
	late = 10 * time.Minute
	// longest is the longest time between seals that a configuration can have.
	longest = time.Hour
)

// Overdue is the time before which no line came that has not been sealed. A heartbeat says nothing of seals, but
// for those that should have been made meanwhile.
func (h *Host) Overdue() time.Time {
	sealed, beat := h.sealed.Add(-late), h.Beat.Add(-late-longest)
	if beat.After(sealed) {
		return beat
	}
	return sealed
}

// writer is the entry of a writer.
func (h *Host) writer(procID string) *Writer {
	id := WriterOf(procID)
	if id == 0 {
		return nil
	}
	w := h.Writers[id]
	if w == nil {
		w = &Writer{ProcID: procID}
		h.Writers[id] = w
	}
	return w
}

// addEvent enters an event that is no seal.
func (h *Host) addEvent(told *event.Told, t *Told) {
	kind := event.Find(told.Code)
	if kind == nil {
		return // of a newer version
	}
	switch as := kind.Accounts; {
	case kind == &event.Heartbeat:
		h.addHeartbeat(told, t)
	case kind == &event.SealRotated, kind == &event.SealDiffers:
		h.addRotated(told, t)
	case kind == &event.SealAnew:
		h.Reported = append(h.Reported, *t)
	case kind == &event.SealBroken:
		h.Reported = append(h.Reported, *t)
		h.addChain(told)
	case kind == &event.SealChain:
		h.addChain(told)
	case kind == &event.RotatedRemoved:
		h.removed[strings.TrimSuffix(told.Get("file"), ".gz")] = true
	case as == event.Begun:
		if w := h.writer(told.Get("writer")); w != nil {
			w.Begun, w.Stream = t.Time, told.Get("stream")
		}
	case as == event.Ended:
		h.addEnd(told)
	case as.HasRanges():
		h.addRanges(told.Ranges(), as)
	}
}

// Promised is the highest number of a chain's seals that heartbeats and other events name.
func (h *Host) Promised(chain string) uint64 { return h.promised[chain] }

func (h *Host) promise(chain string, n uint64) {
	if h.promised == nil {
		h.promised = make(map[string]uint64)
	}
	h.promised[chain] = max(h.promised[chain], n)
}

func (h *Host) addChain(told *event.Told) {
	if n, ok := told.Uint("n"); ok && told.Get("former") != "" {
		h.promise(told.Get("former"), n)
	}
	if h.Begun == nil {
		h.Begun = make(map[string]string)
	}
	h.Begun[told.Get("chain")] = told.Get("former")
}

// addRanges enters numbers that an event accounts for.
func (h *Host) addRanges(ranges []event.Range, as event.Account) {
	for _, r := range ranges {
		key := accountKey{Row{WriterOf(r.Writer), r.Audit}, as}
		if r.Last <= maxNumber && key.row.Writer != 0 {
			h.accounts[key] = append(h.accounts[key], Span{r.First, r.Last})
		}
	}
}

func (h *Host) addEnd(told *event.Told) {
	w := h.writer(told.Get("writer"))
	if w == nil {
		return
	}
	w.Ended = true
	if n, ok := told.Uint("last"); ok && n <= maxNumber {
		w.Last = max(w.Last, n)
	}
	if n, ok := told.Uint("last_event"); ok && n <= maxNumber {
		w.Events = max(w.Events, n)
	}
}

func (h *Host) addRotated(told *event.Told, t *Told) {
	r, err := seal.ParseRotated(told)
	if err != nil {
		return
	}
	h.Rotated = append(h.Rotated, r)
	h.promise(r.Chain, r.Until)
	if r.Why != "" {
		h.Reported = append(h.Reported, *t)
	}
}

// addHeartbeat enters the writers that were open. A heartbeat can be several events of one time.
func (h *Host) addHeartbeat(told *event.Told, t *Told) {
	if n, ok := told.Uint("n"); ok {
		h.promise(told.Get("chain"), n)
	}
	if t.Time.Before(h.Beat) {
		return
	}
	if t.Time.Sub(h.Beat) > time.Second {
		h.open = make(map[uint64]uint64)
	}
	h.Beat = t.Time
	for _, r := range told.Ranges() {
		if w := h.writer(r.Writer); w != nil && r.Last <= maxNumber {
			h.open[WriterOf(r.Writer)] = r.Last
		}
	}
}

// Open reports whether the last heartbeat has the writer among those that are open.
func (h *Host) Open(writer uint64) bool {
	_, open := h.open[writer]
	return open
}

// Removed reports whether a rotated file was removed in its time: name is without ".gz".
func (h *Host) Removed(name string) bool { return h.removed[name] }

// Accounted are the numbers of a row that events account for in one of some ways.
func (h *Host) Accounted(row Row, as ...event.Account) (all Spans) {
	if h == nil {
		return nil
	}
	for _, a := range as {
		all = append(all, h.accounts[accountKey{row, a}]...)
	}
	return all.Normal()
}

// addLines enters a seal of lines.
func (h *Host) addLines(s *seal.Seal) {
	row := Row{WriterOf(s.Lines.Writer), s.Lines.Class == seal.OfEvents}
	if row.Writer == 0 || s.Lines.Last > maxNumber {
		return
	}
	if !row.Audit {
		h.writer(s.Lines.Writer).Stream = s.Lines.Stream
	} else {
		h.writer(s.Lines.Writer)
	}
	if s.Lines.To.After(h.sealed) {
		h.sealed = s.Lines.To
	}
	h.Pieces[row] = append(h.Pieces[row], &Piece{
		Host: h, Row: row, ProcID: s.Lines.Writer, Span: Span{s.Lines.First, s.Lines.Last}, Lines: s.Lines.Lines, Sum: s.Lines.Sum,
		Chain: s.Chain, N: s.N, From: s.Lines.From.UnixMicro(), To: s.Lines.To.UnixMicro(),
	})
}

// finish puts what there is in order.
func (h *Host) finish() {
	for row, pieces := range h.Pieces {
		h.Pieces[row] = pieces.normal()
	}
	for key, spans := range h.accounts {
		h.accounts[key] = spans.Normal()
	}
}

// sealName names a seal for people.
func sealName(n uint64, chain string) string { return fmt.Sprintf("seal %d of chain %s", n, chain) }
