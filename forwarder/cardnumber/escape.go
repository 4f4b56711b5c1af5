package cardnumber

// afterEscape returns where the digits of the run b[begin:end] begin that are not of an escape:
// %XX, %25XX, \xhh, \uhhhh.
func afterEscape(b []byte, begin, end int) int {
	if beginsTrack1(b, begin, end) {
		return begin
	}
	from := begin
	for from > 0 && begin-from < 6 && isHex(b[from-1]) {
		from--
	}
	return min(max(begin, endOfEscape(b, from)), end)
}

// endOfEscape returns where the escape ends whose hex digits begin at from; 0: there is no escape.
func endOfEscape(b []byte, from int) int {
	switch {
	case from >= 1 && b[from-1] == '%':
		to := from + 2
		for to < len(b) && b[to-2] == '2' && b[to-1] == '5' && allHex(b, to, 2) {
			to += 2
		}
		if allHex(b, from, 2) {
			return to
		}
	case from >= 2 && b[from-2] == '\\' && b[from-1] == 'x' && allHex(b, from, 2):
		return from + 2
	case from >= 2 && b[from-2] == '\\' && b[from-1] == 'u' && allHex(b, from, 4):
		return from + 4
	}
	return 0
}

func allHex(b []byte, i, n int) bool {
	if len(b)-i < n {
		return false
	}
	for _, c := range b[i : i+n] {
		if !isHex(c) {
			return false
		}
	}
	return true
}

// inHexToken reports whether the groups from g to last, or the one, stand in a hex token of 20 or
// more with letters. D and seven digits behind it make it track 2, unless what stands before
// it is as long as a number, and of a small d if anything does.
func inHexToken(b []byte, floor int, g, last *group) bool {
	before, end := hexBefore(b, floor, g.begin), last.end
	most := shortest - 1
	if end < len(b) && b[end] == 'd' {
		most = 0
	}
	if before <= most && endOfTrack2(b, end) > end {
		return false
	}
	if g == last {
		after := hexAfter(b, end)
		return before+after > 0 && before+g.len()+after >= hexToken
	}
	return before > 0 && before+g.len() >= hexToken || last.len()+hexAfter(b, end) >= hexToken
}

const hexToken = 20

// hexBefore is how many hex digits stand before i, up to hexToken. Those of an escape are none, nor
// are letters of a word with others in it, as the d of "card".
func hexBefore(b []byte, floor, i int) int {
	from := i
	for from > floor && i-from < hexToken && isHex(b[from-1]) {
		from--
	}
	if escape := endOfEscape(b, from); escape > 0 {
		return i - min(i, escape)
	}
	if from > floor && i-from < hexToken && isLetter(b[from-1]) {
		for from < i && isLetter(b[from]) {
			from++
		}
	}
	return i - from
}

// hexAfter is hexBefore for those that stand from i.
func hexAfter(b []byte, i int) int {
	to := i
	for to < len(b) && to-i < hexToken && isHex(b[to]) {
		to++
	}
	if to < len(b) && to-i < hexToken && isLetter(b[to]) {
		for to > i && isLetter(b[to-1]) {
			to--
		}
	}
	return to - i
}

// isFraction reports whether the run at begin is the fraction of a decimal.
func isFraction(b []byte, floor, begin int) bool {
	return begin-2 >= floor && b[begin-1] == '.' && isDigit(b[begin-2])
}
