package config

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"
)

// reader collects what is wrong with one file while it is read.
type reader struct {
	file     string
	lines    lines
	problems Errors

	// Names that must be unique.
	streams, files, relays, listeners claims
	// known are the names that streams of relays may have, wrong ones included: one mistake is
	// reported once.
	known []string
}

// claims has the line where each name was first taken.
type claims map[string]int

// claim takes a name, or says who has it.
func (c claims) claim(name string, line int) (first int, taken bool) {
	if first, taken = c[name]; !taken {
		c[name] = line
	}
	return first, taken
}

// field is a key, and what becomes of its value.
type field struct {
	name string
	set  func(value)
}

// table is one table of the file.
type table struct {
	r     *reader
	path  keyPath
	label string // as messages show it, with a space behind; "" for the top level
	raw   map[string]any
}

// read sets the fields that the table has, and reports the keys that are no fields.
func (t table) read(fields []field) {
	known := make([]string, 0, len(fields))
	for _, f := range fields {
		known = append(known, f.name)
		if t.has(f.name) {
			f.set(t.at(f.name))
		}
	}
	for _, key := range slices.Sorted(maps.Keys(t.raw)) {
		if !slices.Contains(known, key) {
			t.unknown(key, known)
		}
	}
}

func (t table) unknown(key string, known []string) {
	hint := suggest(key, known)
	if t.path != "" && topLevel(key) {
		hint = "it belongs above the first [table]"
	}
	t.at(key).fail("unknown key (%s)", hint)
}

// topLevel reports whether key is one of the plain keys of the top level, which end up in a table
// when they are written below its header.
func topLevel(key string) bool {
	return key == "hostname" || key == "user" || key == "state_dir" || key == "deliver" || key == "drain_timeout"
}

func (t table) has(key string) bool { _, ok := t.raw[key]; return ok }

// at is the value of a key, or the place where a missing one would be.
func (t table) at(key string) value {
	shown := key
	if !plain(key) || key == "" {
		shown = quote(key)
	}
	return value{t.r, t.path.key(key), t.label + shown, t.raw[key]}
}

// sub is a table that may be missing in this one.
func (t table) sub(name string) table {
	raw, _ := t.raw[name].(map[string]any)
	return table{t.r, t.path.key(name), "[" + name + "] ", raw}
}

// later is whichever of a key and a subtable's key is written further down.
func (t table) later(key, sub, subkey string) value {
	a, b := t.at(key), t.sub(sub).at(subkey)
	if b.raw == nil || a.raw != nil && a.line() > b.line() {
		return a
	}
	return b
}

// value is one value of the file.
type value struct {
	r    *reader
	path keyPath
	key  string // as messages show it
	raw  any
}

// line is where the value's key is, or the header of the table that lacks it.
func (v value) line() int { return v.r.lines.of(v.path) }

func (v value) fail(format string, args ...any) {
	v.r.problems = append(v.r.problems, Problem{
		File: v.r.file, Line: v.line(), Key: v.key, Msg: fmt.Sprintf(format, args...),
	})
}

// quoted shows a value that can be written on a line.
func (v value) quoted() string {
	switch raw := v.raw.(type) {
	case string:
		return quote(raw)
	case int64, float64, bool:
		return fmt.Sprint(raw)
	}
	return "this"
}

// kind says what sort of value this is.
func (v value) kind() string {
	kind := "a table"
	switch v.raw.(type) {
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
	return v.quoted() + " is " + kind
}

func (v value) text() (string, bool) {
	s, ok := v.raw.(string)
	if !ok {
		v.fail("%s, must be a string (put it in quotes)", v.kind())
	}
	return s, ok
}

// list is a value's elements, each with its own line.
func (v value) list() ([]value, bool) {
	raw, ok := v.raw.([]any)
	if !ok {
		v.fail("%s, must be a list (put it in square brackets)", v.kind())
		return nil, false
	}
	items := make([]value, len(raw))
	for i := range raw {
		items[i] = value{v.r, v.path.index(i), v.key, raw[i]}
	}
	return items, true
}

func boolean(dst *bool) func(value) {
	return func(v value) {
		b, ok := v.raw.(bool)
		if !ok {
			v.fail("%s, must be a boolean (write true or false, without quotes)", v.kind())
			return
		}
		*dst = b
	}
}

// number reads an integer from lo to hi.
func number(dst *int, lo, hi int64) func(value) {
	return func(v value) {
		n, ok := v.raw.(int64)
		switch {
		case !ok:
			v.fail("%s, must be an integer (write a whole number, without quotes)", v.kind())
		case n < lo || n > hi:
			v.fail("%d is out of range (%d to %d)", n, lo, hi)
		default:
			*dst = int(n)
		}
	}
}

// section reads a table that is there once.
func section(name string, fields []field) func(value) {
	return func(v value) {
		raw, ok := v.raw.(map[string]any)
		if !ok {
			v.fail("%s, must be a table (write [%s], with single brackets)", v.kind(), name)
			return
		}
		table{v.r, v.path, "[" + name + "] ", raw}.read(fields)
	}
}

// tables is a value's tables, written with [[name]] or inline. What has a name is shown with it.
func (v value) tables(name string) (all []table) {
	hint := "write [[" + name + "]], with double brackets"
	var raw []any
	switch list := v.raw.(type) {
	case []map[string]any:
		for _, t := range list {
			raw = append(raw, t)
		}
	case []any:
		raw = list
	default:
		v.fail("%s, must be a list of tables (%s)", v.kind(), hint)
	}
	for i := range raw {
		item := value{v.r, v.path.index(i), v.key, raw[i]}
		t, ok := raw[i].(map[string]any)
		if !ok {
			item.fail("%s, must be a table (%s)", item.kind(), hint)
			continue
		}
		label := "[[" + name + "]] "
		if s, ok := t["name"].(string); ok {
			label += strconv.Quote(shorten(s, maxName)) + " "
		}
		all = append(all, table{v.r, item.path, label, t})
	}
	return all
}
