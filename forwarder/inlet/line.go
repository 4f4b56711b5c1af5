package inlet

import (
	"bytes"
	"strconv"

	"httpd-syslog/forwarder/cards"
	"httpd-syslog/forwarder/intake"
	"httpd-syslog/forwarder/listener"
)

var newline = []byte{'\n'}

// appendLine appends a message's text as one line, and reports whether it is cut: LF
// within it becomes "\n", as Apache writes it. What is left of one that is cut is shown to watch.
func appendLine(dst []byte, m *listener.Message, maxLine int, watch *cards.Watch) (line []byte, cut bool) {
	begin := len(dst)
	text, breaks := m.Text, bytes.Count(m.Text, newline)
	whole := m.Lost == 0 && len(text)+breaks <= maxLine
	if whole && breaks == 0 {
		return append(append(dst, text...), '\n'), false
	}
	end := len(dst) + maxLine
	if !whole {
		end -= intake.CutMark
	}
	used := 0
	for used < len(text) && len(dst) < end {
		if c := text[used]; c != '\n' {
			dst = append(dst, c)
		} else if len(dst)+len(`\n`) <= end {
			dst = append(dst, `\n`...)
		} else {
			break
		}
		used++
	}
	if !whole {
		watch.Cut(dst[begin:])
		dst = append(dst, " [httpd_syslog: cut here"...)
		if m.Lost >= 0 {
			dst = append(dst, ", "...)
			dst = strconv.AppendInt(dst, int64(m.Lost+len(text)-used), 10)
			dst = append(dst, " bytes"...)
		}
		dst = append(dst, ']')
	}
	return append(dst, '\n'), !whole
}
