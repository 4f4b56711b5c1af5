package central

import (
	"bytes"
	"crypto/sha256"
	"hash"
	"math"
	"time"

	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/seal"
	"httpd-syslog/forwarder/verify/ledger"
)

// tally is what one lane has of one row: which numbers, and the sum of the piece in hand.
type tally struct {
	row    ledger.Row
	procID string
	host   string
	mixed  bool // the row has lines of several hosts
	pieces ledger.Pieces

	next  uint64 // the number that is due; 0: there was no line yet
	first uint64 // of the run: numbers that follow each other
	back  bool   // the run began with a number that is not above the one before
	runs  ledger.Spans
	again ledger.Spans // runs that came again, or out of order
	since uint64       // the first number of the run in this file

	at    int           // index of the piece in hand, or of the one that is due
	piece *ledger.Piece // in hand; nil: none
	sum   hash.Hash
	loose uint64 // numbers from the last one below this belong to no piece

	bytes   uint64 // of texts
	tail    tail
	loosely bool // the line before was in no piece
	strays  []stray
}

// tail is the first of the last lines that are in no piece, and when the last one came.
type tail struct {
	number uint64
	time   time.Time // as the message has it
	last   []byte    // as the last message has it
}

// stray is a line that comes behind one with a higher number, and for the first time.
type stray struct {
	number uint64
	place  place
}

// knows reports whether the row has had a number.
func (t *tally) knows(n uint64) bool {
	t.runs = t.runs.Normal()
	return n >= t.first && n < t.next || t.runs.Has(n)
}

// add takes the row's next line: text has its LF. It reports whether the line is in a piece.
func (t *tally) add(n uint64, text []byte) bool {
	if n != t.next {
		t.jump(n)
	}
	t.next = n + 1
	t.bytes += uint64(len(text))
	if t.piece == nil || n > t.piece.Last {
		if n < t.loose || !t.enter(n) {
			return false
		}
	}
	_, _ = t.sum.Write(text) // never fails
	if n == t.piece.Last {
		t.leave()
	}
	t.loosely = false
	return true
}

// left takes note of a line that is in no piece. Seals and heartbeats alone are nothing to seal.
func (t *tally) left(m *Message) {
	if t.row.Audit && IsRoutine(m.Text) {
		return
	}
	if !t.loosely {
		t.loosely, t.tail.number, t.tail.time = true, m.Number, m.Time()
	}
	t.tail.last = append(t.tail.last[:0], m.Stamp...)
}

var routine = [][]byte{
	[]byte(" {event=" + event.SealCentral.Code + " "), []byte(" {event=" + event.SealLines.Code + " "), []byte(" {event=" + event.SealFile.Code + " "), []byte(" {event=" + event.Heartbeat.Code + " "),
}

// IsRoutine reports whether a text is that of a seal or a heartbeat.
func IsRoutine(text []byte) bool {
	for _, mark := range routine {
		if bytes.Contains(text, mark) {
			return true
		}
	}
	return false
}

// jump ends a run.
func (t *tally) jump(n uint64) {
	t.endRun()
	t.loose = 0
	t.back = n < t.next
	if t.back || t.piece != nil && n > t.piece.Last {
		t.piece = nil // its sum would be of other lines
	}
	t.first, t.since = n, n
}

func (t *tally) endRun() {
	if t.next == 0 || t.first == t.next {
		return
	}
	run := ledger.Span{First: t.first, Last: t.next - 1}
	t.runs = append(t.runs, run)
	if t.back {
		t.again = append(t.again, run)
	}
	if len(t.runs) == cap(t.runs) {
		t.runs = t.runs.Normal()
	}
	if len(t.again) == cap(t.again) {
		t.again = t.again.Normal()
	}
}

// enter begins the piece that has the number; it reports false if none has.
func (t *tally) enter(n uint64) bool {
	t.piece = nil
	if t.at++; t.at >= len(t.pieces) || n < t.pieces[t.at].First || n > t.pieces[t.at].Last {
		t.at, t.piece = t.pieces.Find(n)
	} else {
		t.piece = t.pieces[t.at]
	}
	if t.piece == nil {
		t.loose = math.MaxUint64
		if t.at < len(t.pieces) {
			t.loose = t.pieces[t.at].First
		}
		t.at--
		return false
	}
	t.piece.Looks.Add(1)
	if t.sum == nil {
		t.sum = sha256.New()
	}
	t.sum.Reset()
	t.loose = 0
	return true
}

// leave ends the piece in hand, whose last line has come.
func (t *tally) leave() {
	if seal.Sum(t.sum.Sum(nil)) == t.piece.Sum {
		t.piece.Good.Add(1)
	}
	t.piece = nil
}

// end is called behind the last line.
func (t *tally) end() {
	t.endRun()
	t.next, t.first, t.piece = 0, 0, nil
	t.runs, t.again = t.runs.Normal(), t.again.Normal()
}

// passed are the numbers of the run in hand since the last call, or since the begin of the run.
func (t *tally) passed() (s ledger.Span, ok bool) {
	if t.next == 0 || t.since >= t.next {
		return s, false
	}
	s = ledger.Span{First: t.since, Last: t.next - 1}
	t.since = t.next
	return s, true
}
