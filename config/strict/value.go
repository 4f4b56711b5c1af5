package strict

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Value is one value of the file.
type Value struct {
	// Raw is what TOML makes of it: a string, int64, float64, bool, time.Time, []any,
	// map[string]any or []map[string]any. nil: the key is missing.
	Raw any

	doc        *Document
	path       keyPath
	label, key string // as messages show them: of the table, and of the key in it
}

// Line is where the value's key is, or the header of the table that lacks it.
func (v Value) Line() int { return v.doc.lines.of(v.path) }

// Failf reports what is wrong with the value, and in parentheses what to do.
func (v Value) Failf(format string, args ...any) {
	v.doc.problems = append(v.doc.problems, Problem{
		File: v.doc.file, Line: v.Line(), Key: v.label + v.key, Msg: fmt.Sprintf(format, args...),
	})
}

// Quoted shows a value that can be written on a line.
func (v Value) Quoted() string {
	switch raw := v.Raw.(type) {
	case string:
		return Quote(raw)
	case int64, float64, bool:
		return fmt.Sprint(raw)
	}
	return "this"
}

// Kind shows the value, and says what sort of value this is.
func (v Value) Kind() string {
	kind := "a table"
	switch v.Raw.(type) {
	case string:
		kind = "a string"
	case int64:
		kind = "an integer"
	case float64:
		kind = "a float"
	case bool:
		kind = "a boolean"
	case time.Time:
		kind = "a date or time"
	case []any, []map[string]any:
		kind = "a list"
	}
	return v.Quoted() + " is " + kind
}

// Text is the value as a string. false: it is none, which is reported.
func (v Value) Text() (string, bool) {
	s, ok := v.Raw.(string)
	if !ok {
		v.Failf("%s, must be a string (put it in quotes)", v.Kind())
	}
	return s, ok
}

// List is a value's elements, each with its own line. false: it is no list, which is reported.
func (v Value) List() ([]Value, bool) {
	raw, ok := v.Raw.([]any)
	if !ok {
		v.Failf("%s, must be a list (put it in square brackets)", v.Kind())
		return nil, false
	}
	items := make([]Value, len(raw))
	for i := range raw {
		items[i] = v.item(i, raw[i])
	}
	return items, true
}

// item is an element of the value.
func (v Value) item(i int, raw any) Value {
	return Value{doc: v.doc, path: v.path.index(i), label: v.label, key: v.key, Raw: raw}
}

// Bool reads true or false.
func Bool(dst *bool) func(Value) {
	return func(v Value) {
		b, ok := v.Raw.(bool)
		if !ok {
			v.Failf("%s, must be a boolean (write true or false, without quotes)", v.Kind())
			return
		}
		*dst = b
	}
}

// Number reads an integer from lo to hi.
func Number(dst *int, lo, hi int64) func(Value) {
	return func(v Value) {
		n, ok := v.Raw.(int64)
		switch {
		case !ok:
			v.Failf("%s, must be an integer (write a whole number, without quotes)", v.Kind())
		case n < lo || n > hi:
			v.Failf("%d is out of range (%d to %d)", n, lo, hi)
		default:
			*dst = int(n)
		}
	}
}

// Text reads a string that check finds nothing wrong with; the message begins after the value.
func Text(dst *string, check func(string) (msg string)) func(Value) {
	return func(v Value) {
		s, ok := v.Text()
		if !ok {
			return
		}
		if msg := check(s); msg != "" {
			v.Failf("%s %s", Quote(s), msg)
			return
		}
		*dst = s
	}
}

// Choice reads one of names, whose index is the value.
func Choice[T ~int](dst *T, names []string) func(Value) {
	return func(v Value) {
		s, ok := v.Text()
		if !ok {
			return
		}
		i := slices.Index(names, s)
		if i < 0 {
			v.Failf("%s is not known here (use %s)", Quote(s), alternatives(names))
			return
		}
		*dst = T(i)
	}
}

// alternatives joins "a", "b" and "c" to "a, b or c".
func alternatives(names []string) string {
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " or " + names[last]
}
