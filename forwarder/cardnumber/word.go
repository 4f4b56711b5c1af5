package cardnumber

const nearWord = 12 // bytes between a card word and the number

// cardWord is the card word that ends in c, in lower case; "": none.
func cardWord(c byte) string {
	switch lower(c) {
	case 'n':
		return "pan"
	case 'd':
		return "card"
	case 'c':
		return "cc"
	case 'm':
		return "ccnum"
	case 'o':
		return "cardno"
	case 'r':
		return "cardnumber"
	case 't':
		return "acct"
	case 'a':
		return "visa"
	}
	return ""
}

// behindCardWord reports whether a card word ends in the 12 bytes before b[begin].
func behindCardWord(b []byte, begin int) bool {
	for end := begin; end > 0 && begin-end <= nearWord && b[end] != '\n'; end-- {
		if w := cardWord(b[end-1]); w != "" && isWord(b, end-len(w), w) {
			return true
		}
	}
	return false
}

// isWord reports whether the word w, in any case, stands at b[i:], and is a word of its own, as
// "Card" in cardNo, credit_card and creditCard is, or behind "credit" or "debit".
func isWord(b []byte, i int, w string) bool {
	return i >= 0 && endsWord(b, i+len(w)) && hasFold(b, i, w) && (beginsWord(b, i) || hasFold(b, i-6, "credit") || hasFold(b, i-5, "debit"))
}

func beginsWord(b []byte, i int) bool {
	return i == 0 || !isLetter(b[i-1]) || isUpper(b[i]) && !isUpper(b[i-1]) || isEscape(b, i)
}

func endsWord(b []byte, i int) bool {
	return i == len(b) || !isLetter(b[i]) || isUpper(b[i]) && !isUpper(b[i-1])
}

// isEscape reports whether an escape ends at i.
func isEscape(b []byte, i int) bool {
	return i >= 3 && b[i-3] == '%' && allHex(b, i-2, 2) || i >= 4 && b[i-4] == '\\' && b[i-3] == 'x' && allHex(b, i-2, 2)
}
