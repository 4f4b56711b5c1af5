package doc_test

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"httpd-syslog/forwarder/event"
)

// eventMdoc is the manual page of events, in the language of mdoc(7).
func eventMdoc() string {
	var b strings.Builder
	b.WriteString(mdocHead)
	for _, s := range event.Sections() {
		fmt.Fprintf(&b, ".Ss %s\n", s.Title)
		if s.Intro != "" {
			b.WriteString(roff(s.Intro) + "\n")
		}
		b.WriteString(".Bl -tag -width Ds\n")
		for _, k := range s.Kinds {
			b.WriteString(mdocKind(k))
		}
		b.WriteString(".El\n")
	}
	b.WriteString(".Sh KEYS\n.Bl -tag -width last_event\n")
	meanings := event.KeyMeanings()
	for _, name := range slices.Sorted(maps.Keys(meanings)) {
		fmt.Fprintf(&b, ".It Li %s\n%s\n", name, roff(meanings[name]+"."))
	}
	b.WriteString(mdocTail)
	return b.String()
}

func mdocKind(k *event.Kind) string {
	var b strings.Builder
	fmt.Fprintf(&b, ".It Li %s Pq %s\n", k.Code, k.Severity)
	b.WriteString(keysInMdoc(k.Sentence))
	if k.More != "" {
		fmt.Fprintf(&b, ".Pp\nFurther keys: %s.\n", strings.Join(strings.Fields(k.More), ", "))
	}
	var notes []string
	for _, n := range notesOf(k) {
		notes = append(notes, strings.ToUpper(n[:1])+strings.ReplaceAll(n[1:], "`", "")+".")
	}
	if len(notes) > 0 {
		b.WriteString(".Pp\n" + roff(strings.Join(notes, "\n")) + "\n")
	}
	return b.String()
}

// keysInMdoc is a sentence whose keys are arguments.
func keysInMdoc(sentence string) string {
	escaped := roff(sentence)
	return key.ReplaceAllStringFunc(escaped, func(s string) string { return `\fI` + strings.Trim(s, "{}") + `\fR` }) + "\n"
}

// lineStart is what roff would take for a request.
var lineStart = regexp.MustCompile(`(?m)^[.']`)

// roff is text as roff takes it for text.
func roff(text string) string {
	return lineStart.ReplaceAllString(strings.ReplaceAll(text, `\`, `\e`), `\&$0`)
}

const mdocHead = `.\" Made from the table of events: go generate ./packaging/doc
.Dd November 27, 2026
.Dt HTTPD_SYSLOG-EVENTS 7
.Os
.Sh NAME
.Nm httpd_syslog-events
.Nd what httpd_syslog tells of the log itself
.Sh DESCRIPTION
What happens to the log is itself logged: in
.Pa audit_log
in the log directory, and at every relay with facility
.Li syslog ,
tag
.Li httpd_syslog ,
MSGID
.Li audit ,
and a
.Li sequenceId
of its own for each writer's events.
.Pp
An event is a sentence with a block behind it:
.Bd -literal -offset indent
relay central: down: tls://log1:6514: connection refused; lines
wait in the spool {event=relay.down incident=019ac2f4a1b9f3a1.17
relay=central server=tls://log1:6514 cause="connection refused"}
.Ed
.Pp
in one line.
The block ends the text, and no other braces are in it: those of a sentence and
of values are parentheses.
In the block, pairs of key and value stand with one space between them.
A value is a run of letters, digits and the marks ._:/+@%,*- or stands in double
quotes, in which a backslash is an escape as in Go: \e", \e\e, \en, \ex1b, \eu202e.
A long value is cut, and then ends with three dots in one character.
.Bl -tag -width incident
.It Li event
The code, always first.
.It Li incident
What has begun and is not over yet: writer and number of the event that has
begun it.
All events of an incident, and the one that ends it, have it.
.It Li writer , class , first , last
Numbers of lines, both ends included, up to 50 such ranges in an event; a writer
stands once before all its ranges.
The writer is the PROCID of its messages, and the number their
.Li sequenceId .
With
.Li class Ns =audit
they are numbers of the writer's events.
.El
.Sh EVENTS
In sentences,
.Em slanted
words are keys of the block.
`

const mdocTail = `.El
.Sh SEE ALSO
.Xr httpd_syslog 8
`
