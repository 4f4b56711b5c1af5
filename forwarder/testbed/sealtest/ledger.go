// Package sealtest computes seals again, from the texts that a test has seen and the files that are there, and
// apart from what makes them.
package sealtest

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"httpd-syslog/forwarder/seal"
	"httpd-syslog/forwarder/spool/frame"
)

// Ledger has the texts of writers by number, and the seals. Not for concurrent use.
type Ledger struct {
	texts    map[row]map[uint64]string
	seals    []seal.Seal
	told     map[string]bool // texts of seals
	checker  seal.Checker
	problems []string
	// Again is how often a seal was told that had been told before.
	Again int
}

// row is a writer's row of numbers. The writer is known by the last 16 digits of PROCID.
type row struct {
	writer string
	class  seal.Class
}

// New returns an empty ledger.
func New() *Ledger {
	return &Ledger{texts: make(map[row]map[uint64]string), told: make(map[string]bool)}
}

func (l *Ledger) problem(format string, args ...any) {
	l.problems = append(l.problems, fmt.Sprintf(format, args...))
}

// Text takes the text that a number has. Another one than before is a problem.
func (l *Ledger) Text(procID string, class seal.Class, number uint64, text string) {
	r := row{procID[max(0, len(procID)-16):], class}
	if l.texts[r] == nil {
		l.texts[r] = make(map[uint64]string)
	}
	if was, known := l.texts[r][number]; known {
		if was != text {
			l.problem("%s %d of %s: two texts:\n%s\n%s", class, number, procID, was, text)
		}
		return
	}
	l.texts[r][number] = text
	if class == seal.OfEvents {
		l.Event(text)
	}
}

// Event takes the text of an event: seals are kept.
func (l *Ledger) Event(text string) {
	s, err := seal.Parse(text)
	switch {
	case errors.Is(err, seal.ErrOther), err == nil && s.Central != nil:
	case err != nil:
		l.problem("%q: %v", text, err)
	case l.told[text]:
		l.Again++
	default:
		l.told[text] = true
		l.checker.Add(&s, text)
		l.seals = append(l.seals, s)
	}
}

// Spool takes all texts that a spool directory has, in whole frames.
func (l *Ledger) Spool(dir string) error {
	names, err := filepath.Glob(filepath.Join(dir, "*.*"))
	for _, name := range names {
		b, rerr := os.ReadFile(name)
		if rerr == nil {
			l.spoolFile(b)
		}
	}
	return err
}

func (l *Ledger) spoolFile(b []byte) {
	head, at, err := frame.ParseFileHeader(b)
	for err == nil && at < len(b) {
		var f frame.Frame
		n, perr := f.Parse(b[at:])
		if perr == nil {
			l.frame(head.File.Writer.ProcID(), &f)
			at += n
			continue
		}
		next, ferr := frame.Find(bytes.NewReader(b), int64(at+1), int64(len(b)), false)
		at, err = int(next), ferr
	}
}

func (l *Ledger) frame(writer string, f *frame.Frame) {
	class := seal.OfLines
	if f.Kind == frame.Event {
		class = seal.OfEvents
	}
	number := f.First
	for line := range strings.Lines(string(f.Payload)) {
		l.Text(writer, class, number, strings.TrimSuffix(line, "\n"))
		number++
	}
}

// Seals are those that were seen, in the order of their numbers.
func (l *Ledger) Seals() []seal.Seal {
	slices.SortFunc(l.seals, func(a, b seal.Seal) int { return cmp.Or(cmp.Compare(a.Chain, b.Chain), cmp.Compare(a.N, b.N)) })
	return l.seals
}

// Extents are what there is of each chain.
func (l *Ledger) Extents() []seal.Extent { return l.checker.Extents() }

// Problems are what is wrong with the chains and with the seals of lines, and where texts are in two seals of
// a chain.
func (l *Ledger) Problems() []string {
	for _, f := range l.checker.Findings() {
		l.problem("chain %s: %s: seals %d to %d", f.Chain, f.Flaw, f.First, f.Last)
	}
	type place struct {
		row
		chain string
	}
	last := map[place]uint64{}
	for _, s := range l.Seals() {
		if s.Lines == nil {
			continue
		}
		at := place{row{s.Lines.Writer[max(0, len(s.Lines.Writer)-16):], s.Lines.Class}, s.Chain}
		if s.Lines.First <= last[at] {
			l.problem("seal %d has %d of %s again", s.N, s.Lines.First, s.Lines.Writer)
		}
		last[at] = s.Lines.Last
		l.checkLines(&s, l.texts[at.row])
	}
	return l.problems
}

func (l *Ledger) checkLines(s *seal.Seal, texts map[uint64]string) {
	h, n := sha256.New(), uint64(0)
	for number := s.Lines.First; number <= s.Lines.Last; number++ {
		if text, there := texts[number]; there {
			h.Write([]byte(text + "\n"))
			n++
		}
	}
	_, first := texts[s.Lines.First]
	_, end := texts[s.Lines.Last]
	switch sum := seal.Sum(h.Sum(nil)); {
	case n != s.Lines.Lines || !first || !end:
		l.problem("seal %d of %s: %s %d to %d: %d texts of %d are there", s.N, s.Chain, s.Lines.Writer, s.Lines.First, s.Lines.Last, n, s.Lines.Lines)
	case sum != s.Lines.Sum:
		l.problem("seal %d of %s: %s %d to %d: other texts", s.N, s.Chain, s.Lines.Writer, s.Lines.First, s.Lines.Last)
	}
}

// Unsealed counts the lines that no seal has.
func (l *Ledger) Unsealed() (lines int) {
	sealed := map[row]map[uint64]bool{}
	for _, s := range l.seals {
		if s.Lines == nil || s.Lines.Class != seal.OfLines {
			continue
		}
		r := row{s.Lines.Writer[max(0, len(s.Lines.Writer)-16):], s.Lines.Class}
		if sealed[r] == nil {
			sealed[r] = make(map[uint64]bool)
		}
		for n := s.Lines.First; n <= s.Lines.Last; n++ {
			sealed[r][n] = true
		}
	}
	for r, texts := range l.texts {
		for n := range texts {
			if r.class == seal.OfLines && !sealed[r][n] {
				lines++
			}
		}
	}
	return lines
}
