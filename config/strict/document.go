package strict

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/BurntSushi/toml"
)

// MaxFile is how many bytes a file may have: more than a configuration of a thousand tables needs.
const MaxFile = 256 << 10

// Document is one file, and what is wrong with it. Not for concurrent use.
type Document struct {
	file     string
	root     map[string]any
	lines    lines
	keys     []string // the plain ones of the top level
	problems Errors
}

// Parse makes untyped values of TOML; name is used in messages. No input makes it panic or takes long.
func Parse(name string, data []byte) (*Document, *Problem) {
	root, lines, problem := decode(name, data)
	if problem != nil {
		return nil, problem
	}
	return &Document{file: name, root: root, lines: lines}, nil
}

// Top is the top level.
func (d *Document) Top() Table { return Table{doc: d, raw: d.root} }

// Read sets the fields of the top level: its plain keys, and its tables.
func (d *Document) Read(keys, tables []Field) {
	d.keys = names(keys)
	d.Top().Read(slices.Concat(keys, tables))
}

// Err is everything that is wrong, in the order of the file ([Errors]); nil: nothing is.
func (d *Document) Err() error {
	if len(d.problems) == 0 {
		return nil
	}
	slices.SortStableFunc(d.problems, func(a, b Problem) int { return a.Line - b.Line })
	return d.problems
}

// decode makes untyped values of TOML.
func decode(name string, data []byte) (map[string]any, lines, *Problem) {
	if len(data) > MaxFile {
		return nil, nil, &Problem{File: name, Line: 1, Column: 1,
			Msg: fmt.Sprintf("larger than %dKiB (is this the right file?)", MaxFile>>10)}
	}
	text := WithoutBOM(string(data))
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

// WithoutBOM removes the byte order mark that the TOML library removes.
func WithoutBOM(text string) string {
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
		if Control(c) {
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
