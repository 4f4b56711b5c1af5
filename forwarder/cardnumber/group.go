package cardnumber

// separator is what stands between the groups of a number; 0 is none.
type separator uint8

const (
	space separator = 1 + iota
	dash
	dot
	nbsp // %C2%A0, in UTF-8, or as Apache's logs have it
	plus // it and those behind it are a URL's
	percent20
	percent2B
	percent2D
	percent2520
)

// separatorAt returns the separator at b[i:], and where it ends.
func separatorAt(b []byte, i int) (separator, int) {
	if i >= len(b) {
		return 0, i
	}
	switch b[i] {
	case ' ':
		return space, i + 1
	case '-':
		return dash, i + 1
	case '.':
		return dot, i + 1
	case '+':
		return plus, i + 1
	case '%':
		return escapedSeparator(b, i)
	case 0xc2:
		if i+1 < len(b) && b[i+1] == 0xa0 {
			return nbsp, i + 2
		}
	case '\\':
		if hasFold(b, i, `\xc2\xa0`) {
			return nbsp, i + 8
		}
	}
	return 0, i
}

func escapedSeparator(b []byte, i int) (separator, int) {
	if len(b)-i < 3 {
		return 0, i
	}
	switch {
	case b[i+1] == '2' && b[i+2] == '0':
		return percent20, i + 3
	case b[i+1] == '2' && b[i+2]|0x20 == 'b':
		return percent2B, i + 3
	case b[i+1] == '2' && b[i+2]|0x20 == 'd':
		return percent2D, i + 3
	case hasFold(b, i, "%2520"):
		return percent2520, i + 5
	case hasFold(b, i, "%c2%a0"):
		return nbsp, i + 6
	}
	return 0, i
}

// group is a run of digits, those of an escape before it left out.
type group struct {
	begin, end int
	before     separator
	sums       sums
}

func (g *group) len() int { return g.end - g.begin }

// most is how many groups a number has at most: four of 4 and one of 3.
const most = 5

// window slides over the groups of a chain, which separators hold together; its first group is
// the one at which a number may begin.
type window struct {
	b     []byte
	ring  [8]group
	first uint
	n     int
	last  bool // no group follows
}

// begin puts the run of digits b[begin:end] first.
func (w *window) begin(begin, end int) {
	w.n, w.last = 0, false
	w.add(begin, end, 0)
	w.fill()
}

func (w *window) add(begin, end int, before separator) {
	g := w.at(w.n) // a composite value would be made first, and then copied
	g.begin, g.end, g.before = begin, end, before
	g.sums = sumsOf(w.b, begin, end)
	w.n++
}

func (w *window) at(k int) *group { return &w.ring[(w.first+uint(k))%8] }

// fill looks ahead.
func (w *window) fill() {
	for w.n < most && !w.last {
		s, i := separatorAt(w.b, w.at(w.n-1).end)
		if s == 0 || i >= len(w.b) || !isDigit(w.b[i]) {
			w.last = true
			return
		}
		w.add(i, endOfDigits(w.b, i), s)
	}
}

// slide passes over n groups, and reports whether there is another one.
func (w *window) slide(n int) bool {
	w.first += uint(n)
	w.n -= n
	if w.n == 0 {
		return false
	}
	w.fill()
	return true
}

// slideInto slides to the group in which the digit at i stands, which becomes its first.
func (w *window) slideInto(i int) {
	n := 0
	for w.at(n).end <= i {
		n++
	}
	w.first += uint(n)
	w.n -= n
	g := w.at(0)
	g.begin, g.sums = i, sumsOf(w.b, i, g.end)
	w.fill()
}

func endOfDigits(b []byte, i int) int {
	for i < len(b) && isDigit(b[i]) {
		i++
	}
	return i
}

// hasFold reports whether b[i:] begins with s, which has no upper-case letters.
func hasFold(b []byte, i int, s string) bool {
	if i < 0 || len(b)-i < len(s) {
		return false
	}
	for k := range len(s) {
		if lower(b[i+k]) != s[k] {
			return false
		}
	}
	return true
}

func lower(c byte) byte {
	if isUpper(c) {
		return c | 0x20
	}
	return c
}

func isUpper(c byte) bool  { return c-'A' < 26 }
func isLetter(c byte) bool { return c|0x20-'a' < 26 }
func isHex(c byte) bool    { return isDigit(c) || (c|0x20)-'a' < 6 }
