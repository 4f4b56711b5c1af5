package cardscan

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"httpd-syslog/forwarder/words"
)

// Print looks at paths, and prints each finding as a line of stdout, and in the end what was looked
// at. What could not be read goes to stderr, and with bar how far it is as well: stderr is then a
// terminal. Nothing that it prints steers one. That stdout cannot be written counts as a failure.
func Print(ctx context.Context, paths []string, o Options, stdout, stderr io.Writer, bar bool) Total {
	p := printer{out: bufio.NewWriter(stdout), to: stderr}
	o.Found, o.Failed = p.found, p.failed
	if bar {
		o.Progress = p.progress
	}
	total := Paths(ctx, paths, o)
	p.clear()
	fmt.Fprintln(p.out, total.String())
	if err := p.out.Flush(); err != nil {
		total.Failed++
		p.failed(fmt.Errorf("write what was found: %w", err))
	}
	return total
}

type printer struct {
	out   *bufio.Writer // goes to the same terminal, perhaps
	to    io.Writer
	at    time.Time // of the last line of progress
	shown bool      // it stands there
}

func (p *printer) found(f Finding) {
	p.clear()
	note := ""
	if f.Excepted {
		note = " (excepted)"
	}
	fmt.Fprintf(p.out, "%s:%d: %s%s %s\n", words.Visible(f.Path), f.Line, f.Network, note, words.Visible(f.Before+f.Number+f.After))
}

func (p *printer) failed(err error) {
	p.clear()
	fmt.Fprintf(p.to, "httpd_syslog: %s\n", words.Visible(err.Error()))
}

const progressEvery = 200 * time.Millisecond

func (p *printer) progress(t Total) {
	now := time.Now()
	if now.Sub(p.at) < progressEvery {
		return
	}
	p.clear()
	_ = p.out.Flush() // an error shows again at the end
	fmt.Fprintf(p.to, "%s …", t.String())
	p.at, p.shown = now, true
}

// clear makes place for other output.
func (p *printer) clear() {
	if p.shown {
		fmt.Fprint(p.to, "\r\x1b[K")
		p.shown = false
	}
}

// ExitStatus is that of a program that has looked: 0 for nothing found, 1 for card numbers, and 2 where
// something failed, whatever was found.
func (t *Total) ExitStatus() int {
	switch {
	case t.Failed > 0:
		return 2
	case t.Counts.Total() > 0:
		return 1
	}
	return 0
}

// String is the total in words.
func (t *Total) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s, %s: ", plural(t.Files, "file"), words.Size(t.Bytes))
	if n := t.Counts.Total(); n == 0 {
		b.WriteString("no card numbers")
	} else {
		fmt.Fprintf(&b, "%s in %s", plural(int(n), "card number"), plural(t.With, "file"))
	}
	if t.Counts.Excepted > 0 {
		fmt.Fprintf(&b, "; %d excepted", t.Counts.Excepted)
	}
	if t.Failed > 0 {
		fmt.Fprintf(&b, "; %d could not be read", t.Failed)
	}
	return b.String()
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return words.Count(uint64(n)) + " " + noun + "s"
}
