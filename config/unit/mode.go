package unit

import (
	"io/fs"
	"strconv"

	"httpd-syslog/config/strict"
)

// Mode reads a file's permission. TOML has no 0640, and 640 would be decimal: only a string can
// look like what people know.
func Mode(dst *fs.FileMode) func(strict.Value) {
	return func(v strict.Value) {
		s, ok := v.Raw.(string)
		if !ok {
			v.Failf("%s, must be an octal string (write \"0640\", in quotes)", v.Kind())
			return
		}
		n, err := strconv.ParseUint(s, 8, 32)
		switch {
		case err != nil || len(s) != 3 && (len(s) != 4 || s[0] != '0'):
			v.Failf("%s is not a file mode (write three octal digits after a 0: \"0640\")", strict.Quote(s))
		case n&0o002 != 0:
			v.Failf("%s lets everybody write (make the last digit 0 or 4)", strict.Quote(s))
		case n&0o600 != 0o600:
			v.Failf("%s keeps the owner from reading or writing (make the first of the three digits 6)", strict.Quote(s))
		default:
			*dst = fs.FileMode(n)
		}
	}
}
