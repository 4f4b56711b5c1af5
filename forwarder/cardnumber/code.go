package cardnumber

import "bytes"

// codes looks for verification codes: cvv=123. The names that it knows have a v behind their
// first letter, which is rare enough.
func (f *Finder) codes(b []byte) {
	f.codesBy(b, 'v')
	f.codesBy(b, 'V')
}

func (f *Finder) codesBy(b []byte, v byte) {
	for i := 1; i < len(b); i += 2 { // a v behind this one has no c before it
		if b[i] != v {
			n := bytes.IndexByte(b[i:], v)
			if n < 0 {
				return
			}
			i += n
		}
		if b[i-1]|0x20 == 'c' && maySuffix(b, i+2) {
			if begin, end := codeAt(b, i-1); end > begin {
				f.note(begin, end, Code, false)
				f.mask(b, begin, end)
			}
		}
	}
}

// maySuffix is a quick look at what stands behind three letters of a name: the begin of a suffix, or no
// letter.
func maySuffix(b []byte, i int) bool {
	if i+1 >= len(b) || !isLetter(b[i]) {
		return true
	}
	switch b[i+1] | 0x20 {
	case 'o', 'u', 'a':
		return true
	}
	return false
}

// codesBeside looks in the line of the number at i for codes whose names alone say too little, such as
// cid=123.
func (f *Finder) codesBeside(b []byte, i int) {
	if i < f.line {
		return
	}
	begin := bytes.LastIndexByte(b[:i], '\n') + 1
	if n := bytes.IndexByte(b[i:], '\n'); n >= 0 {
		f.line = i + n
	} else {
		f.line = len(b)
	}
	line := b[begin:f.line]
	for k, c := range line[:max(0, len(line)-2)] {
		if c |= 0x20; (c == 'c' || c == 's') && mayBeside(c, line[k+1]|0x20, line[k+2]|0x20) {
			f.codeBeside(b[:f.line], begin+k)
		}
	}
}

// mayBeside is a quick look at the first three letters of a name that nameBeside knows.
func mayBeside(c, second, third byte) bool {
	switch second {
	case 'i':
		return third == 'd'
	case 's', 'e':
		return third == 'c'
	case 'a':
		return third == 'v'
	}
	return false
}

func (f *Finder) codeBeside(line []byte, i int) {
	if name := nameBeside(line, i); name > i {
		if from, to := valueOf(line, name); to > from {
			f.note(from, to, Code, false)
			f.mask(line, from, to)
			f.p.forget(from, to)
		}
	}
}

// nameBeside returns where the name ends of a code that counts only beside a number; 0: there is none.
func nameBeside(b []byte, i int) int {
	switch b[i] | 0x20 {
	case 'c':
		if beginsWord(b, i) {
			return max(afterFold(b, i, "cid"), afterFold(b, i, "csc"), afterFold(b, i, "cav"), afterFold(b, i, "cav2"))
		}
	case 's':
		return max(afterFold(b, i, "security_code"), afterFold(b, i, "security-code"), afterFold(b, i, "securitycode"))
	}
	return 0
}

// codeAt returns where the three or four digits stand that the name at b[i:] names; 0, 0: it is
// not the name of a verification code, or has no such digits.
func codeAt(b []byte, i int) (begin, end int) {
	if i = afterCodeName(b, i); i < 0 {
		return 0, 0
	}
	return valueOf(b, i)
}

// valueOf returns where the three or four digits stand that are the value of the name before b[i:].
func valueOf(b []byte, i int) (begin, end int) {
	if begin = valueBegin(b, i); begin < 0 {
		return 0, 0
	}
	end = endOfDigits(b, begin)
	if n := end - begin; n < 3 || n > 4 || end < len(b) && isLetter(b[end]) || n == 4 && networkOf(prefix(b[begin:])) != 0 && groupFollows(b, end) {
		return 0, 0
	}
	return begin, end
}

// groupFollows reports whether another group of a number follows, perhaps of a truncated one: what
// stands before is no code then.
func groupFollows(b []byte, i int) bool {
	s, begin := separatorAt(b, i)
	end := endOfDigits(b, begin)
	return s != 0 && (end-begin >= 4 && end-begin <= 8 || end < len(b) && b[end] == '*')
}

// valueBegin returns where the value begins of the name before b[i:]; -1: it has none.
func valueBegin(b []byte, i int) int {
	i = afterEquals(b, afterQuotes(b, i))
	if i < 0 {
		return i
	}
	return afterQuotes(b, i)
}

// afterCodeName returns where the name of a verification code ends that stands at b[i:]; -1: none.
func afterCodeName(b []byte, i int) int {
	if len(b)-i < 3 {
		return -1
	}
	switch b[i+2] | 0x20 {
	case 'v', 'c':
	case 'n', 'd': // not recvd
		if !beginsWord(b, i) {
			return -1
		}
	default:
		return -1
	}
	i += 3
	if i < len(b) && b[i] == '2' {
		i++
	}
	return afterSuffix(b, i)
}

// afterSuffix returns where the second word ends of cvv_code, cvcNumber.
func afterSuffix(b []byte, i int) int {
	from := i
	if i < len(b) && (b[i] == '_' || b[i] == '-') {
		i++
	}
	if i == len(b) || !isLetter(b[i]) {
		return from
	}
	switch lower(b[i]) {
	case 'c':
		return max(from, afterFold(b, i, "code"))
	case 'n':
		return max(from, afterFold(b, i, "number"), afterFold(b, i, "num"), afterFold(b, i, "no"))
	case 'v':
		return max(from, afterFold(b, i, "value"))
	}
	return from
}

// afterFold returns where s ends that stands at b[i:], in any case; 0: it does not.
func afterFold(b []byte, i int, s string) int {
	if hasFold(b, i, s) {
		return i + len(s)
	}
	return 0
}

// afterEquals returns the end of the sign behind a name at b[i:]; -1: there is none.
func afterEquals(b []byte, i int) int {
	switch {
	case i >= len(b):
		return -1
	case b[i] == '=' && i+1 < len(b) && b[i+1] == '>':
		return i + 2
	case b[i] == '=' || b[i] == ':':
		return i + 1
	case b[i] != '%':
		return -1
	case hasFold(b, i, "%3d"), hasFold(b, i, "%3a"):
		return i + 3
	case hasFold(b, i, "%253d"), hasFold(b, i, "%253a"):
		return i + 5
	}
	return -1
}

// afterQuotes passes over up to four quotes, brackets and spaces.
func afterQuotes(b []byte, i int) int {
	for range 4 {
		n := lenOfQuote(b, i)
		if n == 0 {
			break
		}
		i += n
	}
	return i
}

func lenOfQuote(b []byte, i int) int {
	if i >= len(b) {
		return 0
	}
	switch b[i] {
	case '"', '\'', ']', ' ', '+', '\\':
		return 1
	case '%':
		for _, s := range []string{"%22", "%27", "%20", "%5c", "%5d", "%2522"} {
			if hasFold(b, i, s) {
				return len(s)
			}
		}
	}
	return 0
}
