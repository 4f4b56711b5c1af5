package verifytest

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"httpd-syslog/forwarder/verify/finding"
)

// Change is what somebody has done to logs, and what must be found of it. What is empty need not be.
type Change struct {
	Name   string
	File   string
	Line   int64 // 0: any
	Writer string
	Number uint64 // 0: any
	Seal   string // what names the seal
	Was    string // the text of the line before
	Is     string // and now
	// Tail says that it takes seals from other hands, or the other end, to see it.
	Tail bool
}

// IsFound reports whether the change was found, and named as it must be.
func (c *Change) IsFound(r *finding.Report) bool {
	for i := range r.Findings {
		f := &r.Findings[i]
		texts := f.Text + "\n" + f.Other
		place := fmt.Sprintf("%s, line %d", c.File, c.Line)
		switch {
		case c.File != "" && c.Line == 0 && c.Was == "" && f.File == strings.TrimSuffix(c.File, ".gz"):
			return true // it is gone
		case c.File != "" && c.Line > 0 && fmt.Sprintf("%s, line %d", f.File, f.Line) != place && f.Where != place,
			c.File != "" && c.Line == 0 && c.Was == "" && f.File != c.File,
			c.Writer != "" && (f.Writer != c.Writer || c.Number > 0 && f.First != c.Number),
			c.Seal != "" && !strings.Contains(f.Seal+" "+f.Say+" ", c.Seal+" "),
			c.Was != "" && !strings.Contains(texts, finding.Show([]byte(c.Was))),
			c.Is != "" && !strings.Contains(texts, finding.Show([]byte(c.Is))):
			continue
		}
		return true
	}
	return false
}

// Changer changes files by a seed.
type Changer struct {
	tb  testing.TB
	rng *rand.Rand
	// Dir has the files, all below it.
	Dir string
	// Central says that lines are messages.
	Central bool
	// Truth is who has written a text.
	Truth map[string]Origin
	// Sealed reports whether a text is in a seal; nil: all are.
	Sealed func(text string) bool
}

// Origin is who has written a line.
type Origin struct {
	Writer string
	Number uint64
	Minute int
	Audit  bool
}

// NewChanger changes files below a directory.
func NewChanger(tb testing.TB, seed uint64, dir string, central bool, truth map[string]Origin) *Changer {
	return &Changer{tb: tb, rng: rand.New(rand.NewPCG(seed, 99)), Dir: dir, Central: central, Truth: truth}
}

// Changes are the names of all changes that Do knows.
var Changes = []string{
	"byte", "remove", "add", "exchange", "shorten", "delete", "replace", "member", "day", "writer", "tail", "event", "seal", "splice",
}

// Do does a change.
func (c *Changer) Do(name string) Change {
	c.tb.Helper()
	do := map[string]func() Change{
		"byte": c.byte, "remove": c.remove, "add": c.add, "exchange": c.exchange, "shorten": c.shorten, "delete": c.delete, "replace": c.replace,
		"member": c.member, "day": c.day, "writer": c.writer, "tail": c.tail, "event": c.event, "seal": c.seal, "splice": c.splice,
	}[name]
	change := do()
	change.Name = name
	return change
}

// text is what a line says without what stands before it.
func (c *Changer) text(line string) string {
	if c.Central {
		_, text, _ := strings.Cut(line, `"] `)
		return text
	}
	if strings.Contains(line, ": [ID ") {
		_, text, _ := strings.Cut(line, "] ")
		return text
	}
	return line
}

// paths are the files, but for those whose names have a word.
func (c *Changer) paths(without string) (all []string) {
	err := filepath.WalkDir(c.Dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && (without == "" || !strings.Contains(d.Name(), without)) {
			all = append(all, path)
		}
		return err
	})
	if err != nil {
		c.tb.Fatal(err)
	}
	return all
}

// load are the lines of a file.
func (c *Changer) load(path string) []string {
	b, err := os.ReadFile(path)
	if err == nil && strings.HasSuffix(path, ".gz") {
		var z *gzip.Reader
		if z, err = gzip.NewReader(bytes.NewReader(b)); err == nil {
			var out bytes.Buffer
			_, err = out.ReadFrom(z)
			b = out.Bytes()
		}
	}
	if err != nil {
		c.tb.Fatal(err)
	}
	return strings.SplitAfter(strings.TrimSuffix(string(b), "\n"), "\n")
}

// store replaces the lines of a file.
func (c *Changer) store(path string, lines []string) {
	b := []byte(strings.Join(lines, ""))
	if len(b) > 0 && b[len(b)-1] != '\n' {
		b = append(b, '\n')
	}
	if strings.HasSuffix(path, ".gz") {
		b = packed(b)
	}
	if err := os.WriteFile(path, b, 0o600); err != nil {
		c.tb.Fatal(err)
	}
}

func packed(b []byte) []byte {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	_, _ = z.Write(b) // memory takes all
	_ = z.Close()
	return out.Bytes()
}

// pick finds a line that was sealed, and is at one place only.
func (c *Changer) pick(good func(text string) bool, paths []string) (path string, lines []string, i int) {
	for range 1000 {
		path = paths[c.rng.IntN(len(paths))]
		lines = c.load(path)
		i = c.rng.IntN(len(lines))
		text := strings.TrimSuffix(c.text(lines[i]), "\n")
		if o, known := c.Truth[text]; known && o.Number > 0 && (c.Sealed == nil || c.Sealed(text)) && good(text) && c.count(text) == 1 {
			return path, lines, i
		}
	}
	c.tb.Fatalf("%s has no line to be changed", c.Dir)
	return
}

// count is how many lines have a text.
func (c *Changer) count(text string) (n int) {
	for _, path := range c.paths("") {
		for _, line := range c.load(path) {
			if strings.TrimSuffix(c.text(line), "\n") == text {
				n++
			}
		}
	}
	return n
}

func isLine(text string) bool { return !strings.HasSuffix(text, "}") }
func isEvent(text string) bool {
	return strings.HasSuffix(text, "}") && !strings.Contains(text, "event=seal.") && !strings.Contains(text, "heartbeat")
}
func isSeal(text string) bool {
	return strings.Contains(text, "event=seal.lines") || strings.Contains(text, "event=seal.file")
}

func (c *Changer) change(path string, i int, text string) Change {
	o := c.Truth[text]
	return Change{File: path, Line: int64(i + 1), Writer: o.Writer, Number: o.Number, Was: text}
}

func (c *Changer) byte() Change {
	path, lines, i := c.pick(isLine, c.paths("audit"))
	return c.alter(path, lines, i)
}

func (c *Changer) alter(path string, lines []string, i int) Change {
	text := strings.TrimSuffix(c.text(lines[i]), "\n")
	head := strings.TrimSuffix(lines[i], text+"\n")
	b := []byte(text)
	at := c.rng.IntN(len(b) - 1)
	for b[at] == '}' || b[at] == '{' || b[at] == ' ' {
		at = c.rng.IntN(len(b) - 1)
	}
	b[at] ^= 1
	change := c.change(path, i, text)
	change.Is = string(b)
	lines[i] = head + string(b) + "\n"
	c.store(path, lines)
	return change
}

func (c *Changer) remove() Change {
	path, lines, i := c.pick(isLine, c.paths("audit"))
	change := c.change(path, i, strings.TrimSuffix(c.text(lines[i]), "\n"))
	change.Line = 0
	c.store(path, slices.Delete(lines, i, i+1))
	return change
}

// add puts in a line like another one, which says something else.
func (c *Changer) add() Change {
	path, lines, i := c.pick(isLine, c.paths("audit"))
	text := strings.TrimSuffix(c.text(lines[i]), "\n")
	forged := strings.Replace(lines[i], text, text+"?forged", 1)
	change := Change{File: path, Line: int64(i + 2), Is: text + "?forged"}
	c.store(path, slices.Insert(lines, i+1, forged))
	return change
}

func (c *Changer) exchange() Change {
	for range 1000 {
		path, lines, i := c.pick(isLine, c.paths("audit"))
		text := strings.TrimSuffix(c.text(lines[i]), "\n")
		for k := i + 1; k < min(len(lines), i+6); k++ {
			other := strings.TrimSuffix(c.text(lines[k]), "\n")
			if c.Truth[other].Writer != c.Truth[text].Writer || c.Truth[other].Number != c.Truth[text].Number+1 || c.count(other) != 1 {
				continue
			}
			lines[i], lines[k] = lines[k], lines[i]
			c.store(path, lines)
			change := c.change(path, k, text)
			change.Is = text
			return change
		}
	}
	c.tb.Fatal("there are no two lines to be exchanged")
	return Change{}
}

// shorten cuts lines off the end of a finished file.
func (c *Changer) shorten() Change {
	path, lines, i := c.pick(isLine, c.finished())
	c.store(path, lines[:max(i, len(lines)/2)])
	return Change{File: path}
}

// finished are files with lines that are not written to any more.
func (c *Changer) finished() (all []string) {
	for _, path := range c.paths("audit") {
		if strings.Contains(filepath.Base(path), "-20") {
			all = append(all, path)
		}
	}
	return all
}

func (c *Changer) delete() Change {
	path, _, _ := c.pick(isLine, c.finished())
	if err := os.Remove(path); err != nil {
		c.tb.Fatal(err)
	}
	if c.Central {
		return Change{} // nobody knows its name any more
	}
	return Change{File: path}
}

// replace has another file's content in a file's place.
func (c *Changer) replace() Change {
	path, lines, _ := c.pick(isLine, c.finished())
	forged := make([]string, len(lines))
	for i, line := range lines {
		forged[i] = strings.Replace(line, "GET", "PUT", 1)
		forged[i] = strings.Replace(forged[i], "AH00036", "AH00037", 1)
	}
	c.store(path, forged)
	return Change{File: path}
}

// member appends another compressed content.
func (c *Changer) member() Change {
	var all []string
	for _, path := range c.paths("") {
		if strings.HasSuffix(path, ".gz") {
			all = append(all, path)
		}
	}
	if len(all) == 0 {
		path := c.finished()[0]
		c.store(path+".gz", c.load(path))
		if err := os.Remove(path); err != nil {
			c.tb.Fatal(err)
		}
		all = append(all, path+".gz")
	}
	path := all[c.rng.IntN(len(all))]
	b, err := os.ReadFile(path)
	if err == nil {
		err = os.WriteFile(path, append(b, packed([]byte("a line\n"))...), 0o600)
	}
	if err != nil {
		c.tb.Fatal(err)
	}
	return Change{File: path}
}

// filter keeps lines of all files that something says yes to.
func (c *Changer) filter(keep func(text string) bool) {
	for _, path := range c.paths("") {
		lines := c.load(path)
		left := slices.DeleteFunc(slices.Clone(lines), func(line string) bool { return !keep(strings.TrimSuffix(c.text(line), "\n")) })
		if len(left) == len(lines) {
			continue
		}
		c.store(path, left)
	}
}

// day removes all lines of some minutes, and what was told then.
func (c *Changer) day() Change {
	from := 3 + c.rng.IntN(10)
	c.filter(func(text string) bool { o := c.Truth[text]; return o.Minute < from || o.Minute >= from+8 })
	return Change{}
}

// writer removes all lines of a writer, its events, and the seals of both.
func (c *Changer) writer() Change {
	path, lines, i := c.pick(isLine, c.paths("audit"))
	_ = path
	who := c.Truth[strings.TrimSuffix(c.text(lines[i]), "\n")].Writer
	c.filter(func(text string) bool {
		return c.Truth[text].Writer != who && !(isSeal(text) && strings.Contains(text, "writer="+who))
	})
	return Change{Writer: who}
}

// tail cuts off the last minutes of all files.
func (c *Changer) tail() Change {
	last := 0
	for _, o := range c.Truth {
		last = max(last, o.Minute)
	}
	c.filter(func(text string) bool { return c.Truth[text].Minute < last-1 })
	return Change{Tail: true}
}
