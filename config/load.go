package config

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"syscall"
	"unicode/utf8"

	"github.com/BurntSushi/toml"
)

// maxFile is more than a thousand streams need.
const maxFile = 256 * kib

// Load reads and validates the file at path. Where there is none, the error is fs.ErrNotExist by
// errors.Is. What is wrong with the content is [Errors].
func Load(path string) (*Config, error) {
	data, err := ReadFile(path)
	if err != nil {
		return nil, err
	}
	return Parse(path, data)
}

// ReadFile reads the file at path for [Parse] and [Salvage]. It refuses what is not a regular
// file (or /dev/null) and does not wait for one, and reads just enough of a file that is too
// large for Parse to say so.
func ReadFile(path string) ([]byte, error) {
	// Opening a pipe without O_NONBLOCK waits for its writer, and the web server with us.
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() && path != os.DevNull {
		return nil, fmt.Errorf("read %s: not a regular file", path)
	}
	return io.ReadAll(io.LimitReader(f, maxFile+1))
}

// Parse is [Load] of data already read; name is used in messages. Every error is an [Errors].
func Parse(name string, data []byte) (*Config, error) {
	root, lines, problem := decode(name, data)
	if problem != nil {
		return nil, Errors{*problem}
	}
	c := Default()
	r := &reader{file: name, lines: lines, streams: claims{}, files: claims{}, relays: claims{}, listeners: claims{}, known: []string{Audit}}
	for _, s := range c.Streams {
		r.known = append(r.known, s.Name)
	}
	top := table{r: r, raw: root}
	top.read(c.fields())
	c.check(top)
	if len(r.problems) > 0 {
		slices.SortStableFunc(r.problems, func(a, b Problem) int { return a.Line - b.Line })
		return nil, r.problems
	}
	return c, nil
}

// decode makes untyped values of TOML.
func decode(name string, data []byte) (map[string]any, lines, *Problem) {
	if len(data) > maxFile {
		return nil, nil, &Problem{File: name, Line: 1, Column: 1,
			Msg: fmt.Sprintf("larger than %s (is this the right file?)", formatSize(maxFile))}
	}
	text := withoutBOM(string(data))
	lines, tooMuch, offset := scanLines(text)
	if tooMuch != "" {
		return nil, nil, problemAt(name, text, offset, tooMuch)
	}
	root, err := decodeTOML(text)
	if err == nil {
		return root, lines, nil
	}
	var syntax toml.ParseError
	if !errors.As(err, &syntax) {
		return nil, nil, &Problem{File: name, Line: 1, Column: 1, Msg: oneLine(err.Error())}
	}
	// Position.Line and Col are off by one line where the error is at a line end, or a key
	// repeats: Start is right.
	return nil, nil, problemAt(name, text, syntax.Position.Start, strings.TrimSuffix(syntax.Message, ".")+syntaxHint(syntax))
}

// withoutBOM removes what the library removes.
func withoutBOM(text string) string {
	for _, bom := range []string{"\xff\xfe", "\xfe\xff", "\xef\xbb\xbf"} {
		if rest, ok := strings.CutPrefix(text, bom); ok {
			return rest
		}
	}
	return text
}

// decodeTOML turns a panic of the library, of which it has some for what it thinks cannot happen,
// into an error.
func decodeTOML(text string) (root map[string]any, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("the TOML library fails on this file: %v", r)
		}
	}()
	_, err = toml.Decode(text, &root)
	return root, err
}

// problemAt places a message about the text's syntax.
func problemAt(name, text string, offset int, msg string) *Problem {
	before := text[:min(max(offset, 0), len(text))]
	start := strings.LastIndexByte(before, '\n') + 1
	return &Problem{
		File:   name,
		Line:   strings.Count(before, "\n") + 1,
		Column: utf8.RuneCountInString(before[start:]) + 1,
		Msg:    oneLine(msg),
	}
}

// oneLine replaces the control characters that the library's messages may quote.
func oneLine(s string) string {
	return strings.Map(func(c rune) rune {
		if control(c) {
			return ' '
		}
		return c
	}, s)
}

// syntaxHint adds what to do about the mistakes that people make.
func syntaxHint(e toml.ParseError) string {
	switch {
	case strings.Contains(e.Message, "leading zeroes"):
		return ` (put it in quotes: "0640")`
	case strings.HasPrefix(e.Message, "expected value but found"),
		strings.HasPrefix(e.Message, "expected a top-level item to end"):
		return " (put text in quotes, numbers with a unit too)"
	case strings.HasSuffix(e.Message, "has already been defined."):
		return " (remove one)"
	}
	return ""
}
