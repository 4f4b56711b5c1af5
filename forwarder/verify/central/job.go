package central

import (
	"bytes"
	"crypto/sha256"
	"hash"
	"math"

	"httpd-syslog/forwarder/seal"
	"httpd-syslog/forwarder/syslogfmt"
	"httpd-syslog/forwarder/verify/ledger"
)

// variant is one text of a number, and where it stands first.
type variant struct {
	text []byte // with its LF
	file *file
	line int64
	next *variant // another text of the number
}

// job is a run of numbers that is looked at number by number: a piece of a seal, or numbers of no
// piece of which some came more than once.
type job struct {
	row   *row
	piece *ledger.Piece // nil: no seal has the numbers
	span  ledger.Span

	// About the window, the part that is looked at in one pass:
	window ledger.Span
	texts  map[uint64]*variant
	bytes  int
	over   bool // the window had more bytes than there is memory for

	// About all windows so far:
	windows  int
	sum      hash.Hash
	undone   hash.Hash // of the texts with rsyslog's escapes undone
	lines    uint64
	escapes  bool // there were some
	twice    []doubt
	cuts     uint64 // texts that end with the mark of a cut that an event names
	badCut   *variant
	badCutAt uint64
	first    *variant // the first line of the piece
	last     *variant
	lastN    uint64
	before   map[uint64]*variant // by the first number of a hole: the line before it, or else behind it
}

// doubt is a number with several texts.
type doubt struct {
	number uint64
	texts  []*variant
}

func newJob(r *row, p *ledger.Piece, span ledger.Span) *job {
	return &job{row: r, piece: p, span: span, window: ledger.Span{Last: span.First - 1}, sum: sha256.New(), undone: sha256.New(), before: make(map[uint64]*variant)}
}

// from is when the first of its lines came in. Jobs are done in that order, so that those of one pass are about
// few files.
func (j *job) from() int64 {
	if j.piece == nil {
		return 0
	}
	return j.piece.From
}

// overhead is about what a text takes besides its bytes.
const overhead = 120

// advance makes the next window, of numbers that take at most memory bytes by what is known of their
// lengths. It returns what they will take.
func (j *job) advance(memory int) (bytes int) {
	each := overhead + int(j.row.bytes/max(1, j.row.lines)) + 1
	room := uint64(max(1, memory/each))
	j.window = ledger.Span{First: j.window.Last + 1, Last: j.span.Last}
	for _, part := range j.row.numbers.Within(j.window) {
		if part.Count() >= room {
			j.window.Last = part.First + room - 1
			room = 0
			break
		}
		room -= part.Count()
	}
	j.texts, j.bytes, j.over = make(map[uint64]*variant), 0, false
	j.windows++
	return memory - int(room)*each
}

// done reports whether the last window was made.
func (j *job) done() bool { return j.window.Last == j.span.Last }

// take adds a line of the window.
func (j *job) take(n uint64, text []byte, f *file, line int64, limit int) {
	head := j.texts[n]
	for v := head; v != nil; v = v.next {
		if bytes.Equal(v.text, text) {
			return
		}
	}
	if j.bytes += len(text) + overhead; j.bytes > limit {
		j.over = true
		return
	}
	v := &variant{text: bytes.Clone(text), file: f, line: line}
	if head == nil {
		j.texts[n] = v
		return
	}
	for head.next != nil {
		head = head.next
	}
	head.next = v
}

// settle hashes the window's texts in the order of their numbers.
func (j *job) settle(cut ledger.Spans) {
	for _, part := range j.row.numbers.Within(j.window) {
		for n := part.First; ; n++ {
			if v := j.texts[n]; v != nil {
				j.settleText(n, v, cut)
			}
			if n == part.Last {
				break
			}
		}
	}
}

var cutMark = []byte(syslogfmt.CutMarker + "\n")

func (j *job) settleText(n uint64, v *variant, cut ledger.Spans) {
	if v.next != nil {
		v = j.choose(n, v, cut)
	}
	if bytes.HasSuffix(v.text, cutMark) {
		if cut.Has(n) {
			j.cuts++
		} else if j.badCut == nil {
			j.badCut, j.badCutAt = v, n
		}
	}
	_, _ = j.sum.Write(v.text) // never fails
	undone, escaped := unescape(v.text)
	_, _ = j.undone.Write(undone)
	j.escapes = j.escapes || escaped
	j.lines++
	j.place(n, v)
}

// place notes where the piece begins and ends, and its holes.
func (j *job) place(n uint64, v *variant) {
	if j.first == nil {
		j.first, j.lastN = v, j.span.First-1
	}
	if n > j.lastN+1 && len(j.before) < maxFindingsOfJob {
		j.before[j.lastN+1] = j.last
		if j.last == nil {
			j.before[j.lastN+1] = v
		}
	}
	j.last, j.lastN = v, n
}

// choose picks one of several texts of a number: one that is whole where another was cut, else the
// first; then the number is doubtful.
func (j *job) choose(n uint64, head *variant, cut ledger.Spans) *variant {
	var whole, all []*variant
	for v := head; v != nil; v = v.next {
		all = append(all, v)
		if !cut.Has(n) || !bytes.HasSuffix(v.text, cutMark) {
			whole = append(whole, v)
		}
	}
	if len(whole) == 1 && isCutOf(all, whole[0]) {
		return whole[0]
	}
	if len(j.twice) < maxFindingsOfJob {
		j.twice = append(j.twice, doubt{n, all})
	}
	return head
}

// isCutOf reports whether all texts but whole are its beginning, with the mark of a cut.
func isCutOf(all []*variant, whole *variant) bool {
	for _, v := range all {
		if v != whole && !bytes.HasPrefix(whole.text, bytes.TrimSuffix(v.text, cutMark)) {
			return false
		}
	}
	return true
}

const maxFindingsOfJob = 100

// matches reports whether the texts are those that were sealed.
func (j *job) matches() bool {
	return j.piece != nil && seal.Sum(j.sum.Sum(nil)) == j.piece.Sum
}

// matchesUndone reports whether they are once rsyslog's escapes are undone. They are as many lines:
// an escape may stand for an LF, and so make one line of two.
func (j *job) matchesUndone() bool {
	return j.piece != nil && j.escapes && j.lines == j.piece.Lines && seal.Sum(j.undone.Sum(nil)) == j.piece.Sum
}

// matchesWith reports whether the texts are those that were sealed when other ones of doubtful numbers
// are taken: picks has which. All must have come in one window.
func (j *job) matchesWith(picks []int) bool {
	sum := sha256.New()
	for _, part := range j.row.numbers.Within(j.window) {
		for n := part.First; n <= part.Last && n < math.MaxUint64; n++ {
			v := j.texts[n]
			if v == nil {
				continue
			}
			for i := range j.twice {
				if j.twice[i].number == n {
					v = j.twice[i].texts[picks[i]]
				}
			}
			_, _ = sum.Write(v.text)
		}
	}
	return seal.Sum(sum.Sum(nil)) == j.piece.Sum
}

// resolve finds out which texts of doubtful numbers were sealed.
func (j *job) resolve() (picks []int, ok bool) {
	const tries = 256
	if len(j.twice) == 0 || j.windows > 1 || j.over || j.piece == nil {
		return nil, false
	}
	picks = make([]int, len(j.twice))
	for range tries {
		if j.matchesWith(picks) {
			return picks, true
		}
		i := 0
		for ; i < len(picks); i++ {
			if picks[i]++; picks[i] < len(j.twice[i].texts) {
				break
			}
			picks[i] = 0
		}
		if i == len(picks) {
			break
		}
	}
	return nil, false
}
