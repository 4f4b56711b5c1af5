package cardnumber

import "strings"

const (
	maxName  = 26 // characters of a name in track 1
	maxData  = 60 // and of what follows it
	minData2 = 7  // digits behind the separator of track 2: expiry and service code
)

// truncateTrack masks what stands behind the number that ends at end, if that is a track, and
// returns where it ends; else it returns end.
func (f *Finder) truncateTrack(b []byte, end int) int {
	if to := endOfTrack2(b, end); to > end {
		f.mask(b, endOfEquals(b, end), to)
		return to
	}
	name := endOfCaret(b, end)
	if name == end {
		return end
	}
	for i, n := name, 0; i < len(b) && n <= maxName; i, n = afterCharacter(b, i), n+1 {
		switch data := endOfCaret(b, i); {
		case data > i && (data == len(b) || !isDigit(b[data])):
			return end // the date of expiry is first
		case data > i:
			to := endOfData(b, data)
			f.mask(b, name, i)
			f.mask(b, data, to)
			return to
		case b[i] < ' ' || b[i] == '"' || b[i] == '?':
			return end
		}
	}
	return end
}

// endOfTrack2 returns where track 2 ends whose number ends at end; end: it is no track. A small d may be
// of a hash, which goes on with letters; F fills up.
func endOfTrack2(b []byte, end int) int {
	data := endOfEquals(b, end)
	to := endOfDigits(b, data)
	switch n := to - data; {
	case data == end, n == 0:
	case b[end] == 'd' && to < len(b) && isHex(b[to]) && b[to]|0x20 != 'f':
	case n >= minData2, endOfQuestion(b, to) > to:
		return to
	}
	return end
}

// endOfQuestion returns where the end sentinel ends that may stand at i: ?; else i.
func endOfQuestion(b []byte, i int) int {
	switch {
	case i >= len(b):
	case b[i] == '?':
		return i + 1
	case b[i] != '%':
	case hasFold(b, i, "%3f"):
		return i + 3
	case hasFold(b, i, "%253f"):
		return i + 5
	}
	return i
}

// endOfEquals returns where the separator of track 2 ends that may stand at i: = or D; else i.
func endOfEquals(b []byte, i int) int {
	switch {
	case i >= len(b):
	case b[i] == '=' || b[i]|0x20 == 'd':
		return i + 1
	case b[i] != '%':
	case hasFold(b, i, "%3d"):
		return i + 3
	case hasFold(b, i, "%253d"):
		return i + 5
	}
	return i
}

// endOfCaret returns where the separator of track 1 ends that may stand at i: ^; else i.
func endOfCaret(b []byte, i int) int {
	switch {
	case i >= len(b):
	case b[i] == '^':
		return i + 1
	case b[i] != '%':
	case hasFold(b, i, "%5e"):
		return i + 3
	case hasFold(b, i, "%255e"):
		return i + 5
	}
	return i
}

// endOfData returns where the data of track 1 end that begin at i: before the end sentinel, ?,
// or where letters and digits do.
func endOfData(b []byte, i int) int {
	plain := i
	for plain < len(b) && (isDigit(b[plain]) || isLetter(b[plain])) {
		plain++
	}
	for to, n := i, 0; to < len(b) && n <= maxData; to, n = afterCharacter(b, to), n+1 {
		switch c := b[to]; {
		case endOfQuestion(b, to) > to:
			return to
		case isDigit(c), isLetter(c):
		case strings.IndexByte(" %+-./", c) < 0, endOfCaret(b, to) > to:
			return plain
		}
	}
	return plain
}

// afterCharacter passes over a byte, or over an escape of a URL.
func afterCharacter(b []byte, i int) int {
	if b[i] == '%' && allHex(b, i+1, 2) {
		return i + 3
	}
	return i + 1
}

// beginsTrack1 reports whether the run b[begin:end] stands between %B and ^.
func beginsTrack1(b []byte, begin, end int) bool {
	n := end - begin
	return n >= shortest && n <= longest && endOfCaret(b, end) > end && (hasFold(b, begin-2, "%b") || hasFold(b, begin-4, "%25b"))
}
