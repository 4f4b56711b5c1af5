package strict

import (
	"errors"
	"testing"
)

// TestDocument: what its lists say is read; everything else is reported, in the order of the file.
func TestDocument(t *testing.T) {
	const text = `name = "x"
cont = 5
[box]
name = "y"
colour = "mauve"
weight = 11
[[item]]
name = "first"
[[item]]
on = "yes"
`
	var name string
	var count, colour, weight int
	var on bool
	keys := []Field{Key("name", nil, Text(&name, func(string) string { return "" })), Key("count", 3, Number(&count, 0, 10))}
	tables := []Field{
		Key("box", nil, Section([]Field{Key("colour", nil, Choice(&colour, []string{"red", "blue"})), Key("weight", nil, Number(&weight, 0, 10))})),
		Key("item", nil, func(v Value) {
			for _, item := range v.Tables("item") {
				item.Read([]Field{Key("name", nil, Text(new(string), func(string) string { return "" })), Key("on", nil, Bool(&on))})
			}
		}),
	}
	d, problem := Parse("file", []byte(text))
	if problem != nil {
		t.Fatal(problem)
	}
	SetDefaults(keys)
	d.Read(keys, tables)
	var problems Errors
	if err := d.Err(); !errors.As(err, &problems) || name != "x" || count != 3 {
		t.Fatalf("%v, %q, %d", err, name, count)
	}
	const want = `file:2: cont: unknown key (did you mean "count"?)
file:4: [box] name: unknown key (it belongs above the first [table])
file:5: [box] colour: "mauve" is not known here (use red or blue)
file:6: [box] weight: 11 is out of range (0 to 10)
file:10: [[item]] on: "yes" is a string, must be a boolean (write true or false, without quotes)`
	if got := problems.Error(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestDefaultsMustFit: a default that its own field refuses is a mistake in the program.
func TestDefaultsMustFit(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("11 of 0 to 10 is taken")
		}
	}()
	SetDefaults([]Field{Key("n", 11, Number(new(int), 0, 10))})
}
