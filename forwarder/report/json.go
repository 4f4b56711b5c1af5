package report

import (
	"encoding/json"
	"fmt"
	"io"
	"unicode/utf16"
)

// WriteJSON writes the report as one JSON object, in ASCII: names are those of files and senders.
func (r *Report) WriteJSON(w io.Writer) error {
	whole := *r
	whole.zones()
	b, err := json.MarshalIndent(struct {
		Result string `json:"result"`
		Exit   int    `json:"exit"`
		*Report
	}{r.Sentence(), r.Exit(), &whole}, "", "  ")
	if err != nil {
		return err
	}
	_, err = w.Write(append(ascii(b), '\n'))
	return err
}

// zones has the times of the head in the report's zone; those of events are as the events have them. Lists
// without anything are empty, and not null.
func (r *Report) zones() {
	r.From, r.To, r.Made = r.From.In(r.Zone), r.To.In(r.Zone), r.Made.In(r.Zone)
	r.Hosts = append([]Host{}, r.Hosts...)
	r.Exceptions = append([]Statement{}, r.Exceptions...)
	r.Incidents = append([]Incident{}, r.Incidents...)
	r.Unread = append([]string{}, r.Unread...)
	r.Requirements = append([]Requirement{}, r.Requirements...)
	for i := range r.Exceptions {
		r.Exceptions[i].Refs = append([]Ref{}, r.Exceptions[i].Refs...)
	}
	for i := range r.Requirements {
		q := &r.Requirements[i]
		q.Statements = append([]Statement{}, q.Statements...)
		for k := range q.Statements {
			q.Statements[k].Refs = append([]Ref{}, q.Statements[k].Refs...)
		}
	}
}

// ascii is JSON without bytes that do something to a terminal.
func ascii(b []byte) (out []byte) {
	for _, c := range string(b) {
		switch {
		case c < 0x7f:
			out = append(out, byte(c))
		case c > 0xffff:
			high, low := utf16.EncodeRune(c)
			out = fmt.Appendf(out, `\u%04x\u%04x`, high, low)
		default:
			out = fmt.Appendf(out, `\u%04x`, c)
		}
	}
	return out
}
