package finding

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// maxText is how many bytes of a line are shown.
const maxText = 2000

// Show is a line as it is shown: in quotes as Go has them, so that nothing in it moves a terminal.
func Show(text []byte) string {
	more := ""
	if len(text) > maxText {
		n := maxText
		for n > maxText-utf8.UTFMax && !utf8.RuneStart(text[n]) {
			n--
		}
		more, text = fmt.Sprintf("… (%d bytes)", len(text)), text[:n]
	}
	return strconv.Quote(string(text)) + more
}

// Plain is a name, such as that of a file or a host, as it is shown.
func Plain(s string) string {
	quoted := strconv.Quote(s)
	if quoted[1:len(quoted)-1] == s {
		return s
	}
	return quoted
}

// Write tells the report in words. The first line is the result.
func (r *Report) Write(w io.Writer) error {
	var b strings.Builder
	b.WriteString(r.Sentence() + "\n")
	for i := range r.Findings {
		b.WriteString(sentence(&r.Findings[i]) + "\n")
	}
	if r.More > 0 {
		fmt.Fprintf(&b, "and %s more findings\n", group(r.More))
	}
	for _, say := range r.Unchecked {
		b.WriteString("not checked: " + say + "\n")
	}
	for _, say := range r.Notes {
		b.WriteString("note: " + say + "\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// WriteJSON tells the report as one JSON object, in ASCII: names are those of files and senders.
func (r *Report) WriteJSON(w io.Writer) error {
	b, err := json.MarshalIndent(struct {
		Result string `json:"result"`
		Exit   int    `json:"exit"`
		*Report
	}{r.Sentence(), r.Exit(), r}, "", "  ")
	if err != nil {
		return err
	}
	var ascii []byte
	for _, c := range string(b) {
		switch {
		case c < 0x7f:
			ascii = append(ascii, byte(c))
		case c > 0xffff:
			high, low := utf16.EncodeRune(c)
			ascii = fmt.Appendf(ascii, `\u%04x\u%04x`, high, low)
		default:
			ascii = fmt.Appendf(ascii, `\u%04x`, c)
		}
	}
	_, err = w.Write(append(ascii, '\n'))
	return err
}

// Sentence is the result in one or two sentences.
func (r *Report) Sentence() string {
	s := r.Result()
	if r.OneHand {
		s += " Seals from the same place as the lines: they show accidents, not a dishonest administrator."
	}
	return s
}

// Result is the result in one sentence.
func (r *Report) Result() string {
	c := &r.Counts
	s := fmt.Sprintf("%s of %s lines checked: %s altered, %s missing, %s lost and explained",
		group(c.Checked), group(c.Lines), group(c.Altered), group(c.Missing), group(c.Lost))
	var cannot []string
	for _, part := range []struct {
		n   uint64
		why string
	}{{c.Cut, "cut"}, {c.Beside, "beside such lines"}, {c.NotSealed, "not sealed yet"}, {c.NoSeal, "no seal"}} {
		if part.n > 0 {
			cannot = append(cannot, fmt.Sprintf("%s cannot be checked (%s)", group(part.n), part.why))
		}
	}
	if len(cannot) > 0 {
		s += "; " + strings.Join(cannot, ", ")
	}
	if c.Bytes > 0 {
		s += fmt.Sprintf("; %s bytes of local files checked", group(uint64(c.Bytes)))
	}
	if c.Central > 0 {
		s += fmt.Sprintf("; %s bytes of central files are as their server has sealed them", group(uint64(c.Central)))
	}
	switch n := r.Found(); n {
	case 0:
	case 1:
		s += "; 1 finding"
	default:
		s += fmt.Sprintf("; %s findings", group(n))
	}
	return s + "."
}

// sentence is a finding in one line.
func sentence(f *Finding) string {
	var b strings.Builder
	if f.Code != Unchecked {
		b.WriteString(string(f.Code) + ": ")
	}
	if f.File != "" {
		b.WriteString(Plain(f.File))
		switch {
		case f.Until > f.Line:
			fmt.Fprintf(&b, ", lines %d to %d", f.Line, f.Until)
		case f.Line > 0:
			fmt.Fprintf(&b, ", line %d", f.Line)
		}
		if f.End > 0 {
			fmt.Fprintf(&b, ", bytes %d to %d", f.Begin, f.End)
		}
		b.WriteString(": ")
	}
	b.WriteString(f.Say)
	who(&b, f)
	if f.Text != "" {
		b.WriteString("; there: " + f.Text)
	}
	if f.Other != "" {
		where := "before"
		if f.Where != "" {
			where = f.Where
		}
		fmt.Fprintf(&b, "; %s: %s", Plain(where), f.Other)
	}
	return b.String()
}

// who says whose lines a finding is about.
func who(b *strings.Builder, f *Finding) {
	if f.Host != "" {
		b.WriteString("; host " + Plain(f.Host))
	}
	if f.Writer != "" {
		b.WriteString("; writer " + Plain(f.Writer))
		if f.Class == "audit" {
			b.WriteString(", events")
		}
	}
	switch {
	case f.Last > f.First:
		fmt.Fprintf(b, ", numbers %d to %d", f.First, f.Last)
	case f.First > 0:
		fmt.Fprintf(b, ", number %d", f.First)
	}
	if f.Seal != "" {
		b.WriteString("; " + Plain(f.Seal))
	}
}

// group writes a number with commas.
func group(n uint64) string {
	s := strconv.FormatUint(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
