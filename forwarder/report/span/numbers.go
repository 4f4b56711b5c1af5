package span

import (
	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/verify/ledger"
)

// MaxRanges bounds the ranges of all numbers that a report keeps apart.
const MaxRanges = 1 << 20

// Numbers are numbers of writers, each once, however often events name it.
type Numbers struct {
	rows map[ledger.Row]ledger.Spans
	room *int // how many more ranges there may be, of all
	n    int  // ranges that were added since they were last put in order
}

// NewNumbers has none. room, of all numbers of a report, is how many ranges they may have besides.
func NewNumbers(room *int) Numbers { return Numbers{room: room} }

// Add adds ranges. It reports false where there is no room for all of them.
func (s *Numbers) Add(ranges []event.Range) bool {
	for _, r := range ranges {
		row := ledger.Row{Writer: ledger.WriterOf(r.Writer), Audit: r.Audit}
		if row.Writer == 0 || r.Last > MaxNumber {
			continue
		}
		if *s.room <= 0 {
			return false
		}
		if s.rows == nil {
			s.rows = make(map[ledger.Row]ledger.Spans)
		}
		*s.room--
		s.rows[row] = append(s.rows[row], ledger.Span{First: r.First, Last: r.Last})
		if s.n++; s.n >= 10000 {
			s.normal()
		}
	}
	return true
}

// MaxNumber bounds numbers, so that sums of them are numbers, too.
const MaxNumber = 1 << 60

// normal puts the ranges in order, and gives back the room of those that were told twice.
func (s *Numbers) normal() {
	s.n = 0
	for row, spans := range s.rows {
		before := len(spans)
		s.rows[row] = spans.Normal()
		*s.room += before - len(s.rows[row])
	}
}

// Count is how many numbers of lines there are.
func (s *Numbers) Count() uint64 { return s.countOf(false) }

// Events is how many numbers of events there are.
func (s *Numbers) Events() uint64 { return s.countOf(true) }

func (s *Numbers) countOf(audit bool) (n uint64) {
	s.normal()
	for row, spans := range s.rows {
		if row.Audit == audit {
			n += spans.Count()
		}
	}
	return n
}
