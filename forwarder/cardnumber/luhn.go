package cardnumber

import "encoding/binary"

// sums are the two sums of Luhn's formula (ISO/IEC 7812-1, annex B) over a run of digits: every
// second digit is doubled, and the digits of that are added.
type sums struct {
	even uint8 // if an even number of digits follows: the last one is not doubled
	odd  uint8
}

// sumsOf are the sums of the digits b[begin:end]; of none if they are too many for a number.
func sumsOf(b []byte, begin, end int) (all sums) {
	if end-begin <= 8 {
		return sums8(digitsBefore(b, begin, end))
	}
	if end-begin > longest {
		return sums{}
	}
	for end > begin {
		s := sums8(digitsBefore(b, begin, end))
		all.even += s.even
		all.odd += s.odd
		end -= 8
	}
	return all
}

// digitsBefore has the values of the last eight of the digits b[begin:end], the last one in the
// highest byte; zeros stand for what are not so many.
func digitsBefore(b []byte, begin, end int) (x uint64) {
	if end < 8 {
		for _, c := range b[begin:end] {
			x = x>>8 | uint64(c-'0')<<56
		}
		return x
	}
	x = binary.LittleEndian.Uint64(b[end-8:]) & 0x0f0f0f0f0f0f0f0f
	if missing := 8 - (end - begin); missing > 0 {
		x = x >> (8 * missing) << (8 * missing)
	}
	return x
}

func sums8(x uint64) sums {
	const high = 0xff00ff00ff00ff00 // the last digit, and every second one before it
	twice := x + x
	ten := (twice + 0x7676767676767676) & 0x8080808080808080 >> 7 // 1 where twice is 10 or more
	twice -= 9 * ten
	return sums{addBytes(x&high | twice&^high), addBytes(twice&high | x&^high)}
}

func addBytes(x uint64) uint8 { return uint8(x * 0x0101010101010101 >> 56) }

// luhn reports whether the last of the digits of the first n groups is the check digit of the
// others.
func (w *window) luhn(n int) bool {
	sum, odd := uint(0), 0
	for k := n - 1; k >= 0; k-- {
		g := w.at(k)
		if odd&1 != 0 {
			sum += uint(g.sums.odd)
		} else {
			sum += uint(g.sums.even)
		}
		odd += g.len()
	}
	return sum%10 == 0
}
