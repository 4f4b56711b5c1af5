package central

import "bytes"

// unescape undoes what rsyslog makes of control characters where its configuration does not turn that
// off: # and three octal digits. It reports whether there was any.
func unescape(text []byte) (undone []byte, escaped bool) {
	if bytes.IndexByte(text, '#') < 0 {
		return text, false
	}
	for i := 0; i < len(text); i++ {
		c := text[i]
		if c == '#' && i+3 < len(text) && isOctal(text[i+1:i+4]) {
			v := int(text[i+1]-'0')<<6 | int(text[i+2]-'0')<<3 | int(text[i+3]-'0')
			if v < ' ' || v == 0x7f || v > 0x7f && v < 0x100 {
				undone, escaped = append(undone, byte(v)), true
				i += 3
				continue
			}
		}
		undone = append(undone, c)
	}
	return undone, escaped
}

func isOctal(b []byte) bool {
	for _, c := range b {
		if c < '0' || c > '7' {
			return false
		}
	}
	return true
}
