package strict

import (
	"maps"
	"slices"
	"strconv"
)

// Field is a key: where a list of fields has it is the one place that says what it is called, what it is
// by default, and which values it may have.
type Field struct {
	name string
	def  any
	set  func(Value)
}

// Key returns the field of a key. def is its default, as the file would have it; nil: its zero value, or
// what others make of it. set takes a value over, or says what is wrong with it (Value.Failf).
func Key(name string, def any, set func(Value)) Field { return Field{name, def, set} }

// SetDefaults takes the fields' defaults over. One that its own field refuses is a mistake in the program.
func SetDefaults(fields []Field) {
	var d Document
	for _, f := range fields {
		if n, ok := f.def.(int); ok {
			f.def = int64(n) // as TOML's integers are
		}
		if f.def != nil {
			f.set(Value{doc: &d, key: f.name, Raw: f.def})
		}
	}
	if len(d.problems) > 0 {
		panic(d.problems)
	}
}

// Table is one table of the file.
type Table struct {
	doc   *Document
	path  keyPath
	label string // as messages show it, with a space behind; "" for the top level
	raw   map[string]any
}

// Read sets the fields that the table has, and reports the keys that are no fields.
func (t Table) Read(fields []Field) {
	known := names(fields)
	for _, f := range fields {
		if t.Has(f.name) {
			f.set(t.At(f.name))
		}
	}
	for _, key := range slices.Sorted(maps.Keys(t.raw)) {
		if !slices.Contains(known, key) {
			t.unknown(key, known)
		}
	}
}

func names(fields []Field) []string {
	all := make([]string, 0, len(fields))
	for _, f := range fields {
		all = append(all, f.name)
	}
	return all
}

// unknown reports a key that is no field. One of the plain keys of the top level ends up in a table when
// it is written below its header.
func (t Table) unknown(key string, known []string) {
	hint := Suggest(key, known)
	if t.path != "" && slices.Contains(t.doc.keys, key) {
		hint = "it belongs above the first [table]"
	}
	t.At(key).Failf("unknown key (%s)", hint)
}

// Has reports whether the table has a key.
func (t Table) Has(key string) bool { _, ok := t.raw[key]; return ok }

// Text is a key's value if it is a string, without a complaint if it is none.
func (t Table) Text(key string) (s string, ok bool) {
	s, ok = t.raw[key].(string)
	return s, ok
}

// At is the value of a key, or the place where a missing one would be.
func (t Table) At(key string) Value {
	shown := key
	if !Plain(key) || key == "" {
		shown = Quote(key)
	}
	return Value{doc: t.doc, path: t.path.key(key), label: t.label, key: shown, Raw: t.raw[key]}
}

// Sub is a table that may be missing in this one.
func (t Table) Sub(name string) Table {
	raw, _ := t.raw[name].(map[string]any)
	return Table{t.doc, t.path.key(name), t.label + "[" + name + "] ", raw}
}

// Later is whichever of a key and a subtable's key is written further down.
func (t Table) Later(key, sub, subkey string) Value {
	a, b := t.At(key), t.Sub(sub).At(subkey)
	if b.Raw == nil || a.Raw != nil && a.Line() > b.Line() {
		return a
	}
	return b
}

// Table is the value as a table that is written with [name].
func (v Value) Table(name string) (Table, bool) {
	raw, ok := v.Raw.(map[string]any)
	if !ok {
		v.Failf("%s, must be a table (write [%s], with single brackets)", v.Kind(), name)
	}
	return Table{v.doc, v.path, v.label + "[" + name + "] ", raw}, ok
}

// Section reads a table that is there once.
func Section(fields []Field) func(Value) {
	return func(v Value) {
		if t, ok := v.Table(v.key); ok {
			t.Read(fields)
		}
	}
}

// maxLabel is how many characters of a table's name are shown.
const maxLabel = 32

// Tables is a value's tables, written with [[name]] or inline. One that has a key "name" is shown with that.
func (v Value) Tables(name string) (all []Table) {
	hint := "write [[" + name + "]], with double brackets"
	var raw []any
	switch list := v.Raw.(type) {
	case []map[string]any:
		for _, t := range list {
			raw = append(raw, t)
		}
	case []any:
		raw = list
	default:
		v.Failf("%s, must be a list of tables (%s)", v.Kind(), hint)
	}
	for i := range raw {
		item := v.item(i, raw[i])
		t, ok := raw[i].(map[string]any)
		if !ok {
			item.Failf("%s, must be a table (%s)", item.Kind(), hint)
			continue
		}
		label := "[[" + name + "]] "
		if s, ok := t["name"].(string); ok {
			label += strconv.Quote(shorten(s, maxLabel)) + " "
		}
		all = append(all, Table{v.doc, item.path, label, t})
	}
	return all
}
