package cardnumber

import "bytes"

// Keep is how much of a number stays.
type Keep uint8

const (
	Keep6And4 Keep = iota // the first six digits and the last four
	Keep0And4             // the last four
)

// Rules say what is looked for. The zero value finds everything.
type Rules struct {
	Keep Keep
	// Except are texts just before a number that show it to be none; the case counts.
	Except []string
}

// Counts are how many numbers were found.
type Counts struct {
	Found    [networks]uint64 // by Network
	Excepted uint64           // behind a text of Except; not in Found
}

// Total is the sum of Found.
func (c *Counts) Total() (n uint64) {
	for _, k := range c.Found {
		n += k
	}
	return n
}

// Add adds d.
func (c *Counts) Add(d *Counts) {
	for i, n := range d.Found {
		c.Found[i] += n
	}
	c.Excepted += d.Excepted
}

// Finder finds numbers in lines. Its methods are for one goroutine. They take any number of whole
// lines at once, each with its LF; a number does not go on behind a LF.
type Finder struct {
	// Counts is what the methods have found so far; the caller may read and clear it between calls.
	Counts Counts

	keep   int // digits that stay of the beginning
	except [][]byte

	write bool    // truncate
	spans *[]Span // nil: nobody asks
	floor int     // what stands before it may have been changed
	line  int     // up to where lines were looked at for names of codes that count only beside a number
	base  int     // of what is looked at together
	p     piece
	w     window
}

// Span is something that was found.
type Span struct {
	Begin, End int
	Network    Network
	Excepted   bool // behind a text of Rules.Except: it is left as it is
}

// New returns a Finder.
func New(r Rules) *Finder {
	f := &Finder{keep: 6}
	if r.Keep == Keep0And4 {
		f.keep = 0
	}
	for _, e := range r.Except {
		if e != "" { // it would stand before every number
			f.except = append(f.except, []byte(e))
		}
	}
	return f
}

// Truncate truncates what it finds in b, in place, and returns how many that are.
func (f *Finder) Truncate(b []byte) int { return f.look(b, true, nil) }

// Count counts what is in b, and returns how many that are. It alters nothing.
func (f *Finder) Count(b []byte) int { return f.look(b, false, nil) }

// Find appends what is in b to spans, in no particular order. It alters nothing.
func (f *Finder) Find(spans []Span, b []byte) []Span {
	f.look(b, false, &spans)
	return spans
}

func (f *Finder) look(b []byte, write bool, spans *[]Span) int {
	before := f.Counts.Total()
	f.write, f.spans = write, spans
	for f.base = 0; f.base < len(b); {
		n := endOfPiece(b[f.base:])
		f.lookAt(b[f.base : f.base+n])
		f.base += n
	}
	f.spans = nil
	return int(f.Counts.Total() - before)
}

// lookAt looks at some lines.
func (f *Finder) lookAt(b []byte) {
	f.floor, f.line = 0, 0
	f.w.b, f.p.b = b, b
	cv := f.p.look(0) || len(b) > covered
	for i := f.p.candidate(0); i >= 0; i = f.p.candidate(i) {
		i = max(f.chain(b, i), i+1) // it goes on, whatever is there
	}
	if cv {
		f.codes(b)
	}
	f.w.b, f.p.b = nil, nil
}

// chain looks at the run of digits that begins at i, and at those that separators join to it. It
// returns where they end, or where the track ends that one of them begins.
func (f *Finder) chain(b []byte, i int) int {
	w := &f.w
	end := endOfDigits(b, i)
	w.begin(afterEscape(b, i, end), end)
	for more := true; more; {
		end = w.at(0).end
		n, network := f.match()
		if n == 0 {
			more = w.slide(1)
			continue
		}
		begin := w.at(0).begin
		end = w.at(n - 1).end
		if f.isExcepted(b[:begin]) {
			f.note(begin, end, network, true)
			more = w.slide(n)
			continue
		}
		f.note(begin, end, network, false)
		f.codesBeside(b, begin)
		f.floor = f.truncate(n)
		if to := f.truncateTrack(b, end); to > end {
			f.floor = to
			return to
		}
		w.slideInto(f.floor)
		f.passRest(end)
	}
	return end
}

// passRest passes over what stays of a number that ends at end, if another one begins behind that. Else with the
// rest and the begin of the second there could be a third, of which other digits would stay: more than six and
// four of the second.
func (f *Finder) passRest(end int) {
	rest := 0
	for rest < f.w.n && f.w.at(rest).begin < end {
		rest++
	}
	was := f.w
	if !f.w.slide(rest) {
		f.w = was
		return
	}
	if n, _ := f.match(); n == 0 {
		f.w = was
	}
}

func (f *Finder) note(begin, end int, n Network, excepted bool) {
	if excepted {
		f.Counts.Excepted++
	} else {
		f.Counts.Found[n]++
	}
	if f.spans != nil {
		*f.spans = append(*f.spans, Span{f.base + begin, f.base + end, n, excepted})
	}
}

func (f *Finder) isExcepted(before []byte) bool {
	for _, e := range f.except {
		if bytes.HasSuffix(before, e) {
			return true
		}
	}
	return false
}

// truncate truncates the number of the window's first n groups, and returns where the four digits
// begin that stay.
func (f *Finder) truncate(n int) (last4 int) {
	k, stay := n-1, 4
	for f.w.at(k).len() < stay {
		stay -= f.w.at(k).len()
		k--
	}
	last4 = f.w.at(k).end - stay
	if f.write {
		f.maskBetween(k+1, last4)
	}
	return last4
}

// maskBetween masks the digits of the first n groups between those that stay of the number's
// begin and the place to.
func (f *Finder) maskBetween(n, to int) {
	stay := f.keep
	for k := range n {
		g := f.w.at(k)
		f.mask(f.w.b, min(g.begin+stay, g.end), min(g.end, to))
		stay = max(0, stay-g.len())
	}
}

// mask overwrites all of b[begin:end].
func (f *Finder) mask(b []byte, begin, end int) {
	if f.write {
		for i := begin; i < end; i++ {
			b[i] = '*'
		}
	}
}
