package cardnumber

import (
	"math/rand/v2"
	"strings"
)

// A made number is a valid one, in one of its forms.
type made struct {
	text, want string // whole, and truncated
	digits     int
	sizes      []int // of its groups
	sep        string
}

// issuers are where numbers begin, and how many digits they may have.
var issuers = []struct {
	network  Network
	from, to int // first four digits
	lengths  []int
}{
	{Visa, 4000, 4999, []int{16, 19}}, {Mastercard, 5100, 5599, []int{16}}, {Mastercard, 2221, 2720, []int{16}},
	{Amex, 3400, 3499, []int{15}}, {Amex, 3700, 3799, []int{15}}, {Discover, 6011, 6011, []int{16, 17, 18, 19}},
	{Discover, 6440, 6599, []int{16, 17, 18, 19}}, {Diners, 3000, 3059, []int{14, 15, 16, 17, 18, 19}}, {Diners, 3800, 3999, []int{14, 16, 19}},
	{JCB, 3528, 3589, []int{16, 17, 18, 19}}, {UnionPay, 6200, 6299, []int{16, 17, 18, 19}}, {UnionPay, 8100, 8199, []int{16, 19}},
	{Maestro, 6761, 6763, []int{16, 18, 19}}, {Mir, 2200, 2204, []int{16, 17, 18, 19}},
}

var (
	writtenSeps = []string{" ", "-", ".", "%C2%A0", "%c2%a0"}
	urlSeps     = []string{"+", "%20", "%2B", "%2b", "%2D", "%2d", "%2520"}
	writtenAs   = map[int][][]int{
		13: {{4, 4, 4, 1}}, 14: {{4, 4, 4, 2}, {4, 6, 4}}, 15: {{4, 4, 4, 3}, {4, 6, 5}}, 16: {{4, 4, 4, 4}},
		17: {{4, 4, 4, 4, 1}}, 18: {{4, 4, 4, 4, 2}}, 19: {{4, 4, 4, 4, 3}, {6, 13}},
	}
)

// makeDigits returns a valid number.
func makeDigits(r *rand.Rand) string {
	i := issuers[r.IntN(len(issuers))]
	n := i.lengths[r.IntN(len(i.lengths))]
	if i.network == Visa && r.IntN(8) == 0 {
		n = 13
	}
	b := make([]byte, n)
	for k, p := 3, i.from+r.IntN(i.to-i.from+1); k >= 0; k, p = k-1, p/10 {
		b[k] = '0' + byte(p%10)
	}
	for k := 4; k < n; k++ {
		b[k] = '0' + byte(r.IntN(10))
	}
	for !validLuhn(string(b)) {
		b[n-1] = '0' + (b[n-1]-'0'+1)%10
	}
	return string(b)
}

// validLuhn is Luhn's formula as the standard has it.
func validLuhn(s string) bool {
	sum := 0
	for i := range s {
		d := int(s[len(s)-1-i] - '0')
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}

func makeNumber(r *rand.Rand) made {
	digits := makeDigits(r)
	m := made{digits: len(digits), sizes: []int{len(digits)}}
	switch form := r.IntN(4); {
	case form == 0 && m.digits > 13:
	case form < 3:
		all := append(append([]string{}, writtenSeps...), urlSeps...)
		m.sep = all[r.IntN(len(all))]
		forms := writtenAs[m.digits]
		m.sizes = forms[r.IntN(len(forms))]
	default:
		m.sep = urlSeps[r.IntN(len(urlSeps))]
		m.sizes = freeSizes(r, m.digits)
	}
	m.text = inGroups(digits, m.sizes, m.sep)
	m.want = inGroups(digits[:6]+strings.Repeat("*", m.digits-10)+digits[m.digits-4:], m.sizes, m.sep)
	return m
}

// freeSizes are groups of 4 to 8, the last of 1 to 8.
func freeSizes(r *rand.Rand, digits int) (sizes []int) {
	for digits > 8 || len(sizes) == 0 {
		n := min(4+r.IntN(5), digits-1)
		sizes = append(sizes, n)
		digits -= n
	}
	return append(sizes, digits)
}

func inGroups(digits string, sizes []int, sep string) string {
	var groups []string
	for _, n := range sizes {
		groups = append(groups, digits[:n])
		digits = digits[n:]
	}
	return strings.Join(groups, sep)
}

// befores and behinds stand around a number, and do not belong to it.
var (
	befores = []string{"", "q=", "card=", "\"", "'", " ", "/", ",", "12,", ":", "x", "zzz", "_", "(", "[", "<", "%22", "%2522", "%3D", "%253D", "%0A", "%5B",
		"\\x22", "\\xc2\\xa0", "\\u0022", "\xc2\xa0", "é", "\x00", "\xff", "\x1b[1m", "*", "**", "2026/", "12:", "$", "#", "& ", "a.", "/.", "%g", "\t", "1234567890123456789012,", "411111******1111,", "n"}
	behinds = []string{"", "&x=1", "\"", "'", " ", "/", ",", ",12", ":", "x", "zzz", "_", ")", "]", "<", "%22", "%2522", "%3D1", "%0A", "%5D",
		"\\x22", "\\n", "\xc2\xa0", "é", "\x00", "\xff", "*", "**", " 12/25", ".", ". ", "; ", "?", "=1", "=", "^", "\t", ",1234567890123456789012", "|411111******1111", "t"}
)
