package config

import (
	"io/fs"
	"strconv"
)

// mode reads a file's permission. TOML has no 0640, and 640 would be decimal: only a string can
// look like what people know.
func mode(dst *fs.FileMode) func(value) {
	return func(v value) {
		s, ok := v.raw.(string)
		if !ok {
			v.fail("%s, must be an octal string (write \"0640\", in quotes)", v.kind())
			return
		}
		n, err := strconv.ParseUint(s, 8, 32)
		switch {
		case err != nil || len(s) != 3 && (len(s) != 4 || s[0] != '0'):
			v.fail("%s is not a file mode (write three octal digits after a 0: \"0640\")", quote(s))
		case n&0o002 != 0:
			v.fail("%s lets everybody write (make the last digit 0 or 4)", quote(s))
		case n&0o600 != 0o600:
			v.fail("%s keeps the owner from reading or writing (make the first of the three digits 6)", quote(s))
		default:
			*dst = fs.FileMode(n)
		}
	}
}
