package cardnumber

import "math/bits"

// match returns of how many groups the number is that begins with the window's first group, the
// longest if there are several, and its network; 0: none begins there.
func (f *Finder) match() (groups int, network Network) {
	g := f.w.at(0)
	n := g.len()
	if n < 4 || n > longest {
		return 0, 0
	}
	network = networkOf(prefix(f.w.b[g.begin:]))
	switch {
	case network == 0:
		return 0, 0
	case n >= shortest:
		return f.unbroken(g, network), network
	case n <= 8:
		return f.grouped(network), network
	}
	return 0, 0
}

// prefix is the value of the four digits with which b begins.
func prefix(b []byte) int {
	_ = b[3]
	return int(b[0])*1000 + int(b[1])*100 + int(b[2])*10 + int(b[3]) - '0'*1111
}

// unbroken is 1 if the group g alone is a number.
func (f *Finder) unbroken(g *group, n Network) int {
	b := f.w.b
	switch {
	case !n.uses(g.len()), !f.w.luhn(1):
	case g.len() == shortest && !behindCardWord(b, g.begin):
	case isFraction(b, f.floor, g.begin), inHexToken(b, f.floor, g, g):
	default:
		return 1
	}
	return 0
}

// grouped returns of how many groups the number is.
func (f *Finder) grouped(n Network) int {
	w := &f.w
	ends := uint(0) // a set of numbers of groups
	sep := w.at(1).before
	shape, digits := w.at(0).len(), w.at(0).len()
	free := sep >= plus
	for k := 1; k < w.n; k++ {
		g := w.at(k)
		size := g.len()
		digits += size
		if g.before != sep || size > shortest || digits > longest {
			break
		}
		shape = shape<<4 | size
		if digits >= shortest && n.uses(digits) && (asWritten(shape) || free && size <= 8) {
			ends |= 1 << (k + 1)
		}
		free = free && size >= 4 && size <= 8
	}
	for ends != 0 {
		k := bits.Len(ends) - 1
		if w.luhn(k) && !w.isRest(k) && !inHexToken(w.b, f.floor, w.at(0), w.at(k-1)) {
			return k
		}
		ends &^= 1 << k
	}
	return 0
}

// asWritten reports whether people write numbers in groups of these sizes, a hex digit each.
func asWritten(shape int) bool {
	switch shape {
	case 0x4444, 0x44441, 0x44442, 0x44443, 0x4441, 0x4442, 0x4443, 0x465, 0x464, 0x6D:
		return true
	}
	return false
}

// digits is how many digits the first n groups have.
func (w *window) digits(n int) (digits int) {
	for k := range n {
		digits += w.at(k).len()
	}
	return digits
}

// isRest reports whether the last of the first n groups is the first of another number that was
// truncated: of that six digits stay, so that a group of 1, 2 or 6 before stars is such a one.
func (w *window) isRest(n int) bool {
	g := w.at(n - 1)
	if s := g.len(); s != 1 && s != 2 && s != 6 {
		return false
	}
	stars := 0
	for i := g.end; i < len(w.b); {
		if w.b[i] == '*' {
			i++
			stars++
			if stars == 3 {
				return true
			}
			continue
		}
		s, to := separatorAt(w.b, i)
		if s == 0 || stars == 0 {
			return false
		}
		i = to
	}
	return false
}
