package cardnumber

// tail is how many bytes at the end of a line may be of a number that was cut: 18 digits, in
// five groups with %C2%A0 before each.
const tail = 64

// CutTail truncates what is in line, which has no LF and was cut at its end. What stands there and
// could be the begin of a number keeps its first six digits, or none under Keep0And4: of 16
// digits 15 give the last one away. CutTail returns how many it has found.
func (f *Finder) CutTail(line []byte) int {
	n := f.cutNumber(line) // first: 16 of 19 digits may look like 16
	n += f.Truncate(line)
	f.cutTrack(line)
	f.cutCode(line)
	return n
}

// cutNumber looks for the first run of digits that may begin a number that the cut has ended.
func (f *Finder) cutNumber(b []byte) int {
	f.write, f.spans, f.floor = true, nil, 0
	f.w.b = b
	defer func() { f.w.b = nil }()
	i := max(0, len(b)-tail)
	for i > 0 && isDigit(b[i-1]) {
		i--
	}
	for i < len(b) {
		if !isDigit(b[i]) {
			i++
			continue
		}
		end := endOfDigits(b, i)
		f.w.begin(afterEscape(b, i, end), end)
		if n, network := f.openEnd(); n > 0 && !f.isExcepted(b[:f.w.at(0).begin]) {
			f.Counts.Found[network]++
			f.maskBetween(n, len(b))
			return 1
		}
		i = end
	}
	return 0
}

// openEnd returns how many groups the window has up to the end of the line, if they could be the
// first of a number; else 0.
func (f *Finder) openEnd() (groups int, network Network) {
	w := &f.w
	g, last := w.at(0), w.at(w.n-1)
	if g.len() < 4 {
		return 0, 0 // six digits stay in any case, and the first group of a number has four
	}
	network = networkOf(prefix(w.b[g.begin:]))
	switch digits := w.digits(w.n); {
	case network == 0, digits <= f.keep, digits > longest, lengths[network]>>(digits+1) == 0, !isPartOfSeparator(w.b, last.end, w.at(min(1, w.n-1)).before):
		return 0, 0
	case isFraction(w.b, 0, g.begin), inHexToken(w.b, 0, g, last):
		return 0, 0
	}
	return w.couldGrow(), network
}

// couldGrow returns the number of groups if they could be the first ones of a number, and 0 else.
func (w *window) couldGrow() int {
	for k := range w.n {
		size := w.at(k).len()
		if k >= 2 && w.at(k).before != w.at(1).before || size > 8 && w.n > 1 && (k != 1 || w.at(0).len() != 6) || size < 4 && k < w.n-1 {
			return 0
		}
	}
	return w.n
}

// isPartOfSeparator reports whether b[i:] is nothing, or a separator that may be cut; first is the one
// before, 0 if there is none.
func isPartOfSeparator(b []byte, i int, first separator) bool {
	if i == len(b) {
		return true
	}
	if s, end := separatorAt(b, i); s != 0 {
		return end == len(b) && (first == 0 || s == first)
	}
	for _, s := range []string{"%c2%a", "%252", `\xc2\xa`, "\xc2"} {
		if n := len(b) - i; n <= len(s) && hasFold(b, i, s[:n]) {
			return true
		}
	}
	return len(b)-i == 2 && hasFold(b, i, "%2")
}

// cutTrack masks the begin of a track's data behind a truncated number.
func (f *Finder) cutTrack(b []byte) {
	begin := len(b)
	for begin > 0 && len(b)-begin < minData2 && isDigit(b[begin-1]) {
		begin--
	}
	for _, n := range []int{1, 3, 5} {
		i := begin - n
		if begin < len(b) && i > 5 && endOfEquals(b, i) == begin && isDigit(b[i-1]) && b[i-5] == '*' {
			f.write = true
			f.mask(b, begin, len(b))
			return
		}
	}
}

// cutCode masks the first digits of a verification code.
func (f *Finder) cutCode(b []byte) {
	begin := len(b)
	for begin > 0 && len(b)-begin < 3 && isDigit(b[begin-1]) {
		begin--
	}
	for i := max(0, begin-40); i < begin && begin < len(b); i++ {
		if hasFold(b, i, "cv") && afterCodeName(b, i) > 0 && valueBegin(b, afterCodeName(b, i)) == begin {
			f.write = true
			f.mask(b, begin, len(b))
			return
		}
	}
}
