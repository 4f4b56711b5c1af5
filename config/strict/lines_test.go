package strict

import (
	"strings"
	"testing"
)

// TestLines has each key's value say which line it is on.
func TestLines(t *testing.T) {
	const text = `a = 1 # x = 9
"b" = 2
'c.d' = 3
e . f = 4
"\u0067" = 5

list = [ 7,
  8, [ 8 ], # ]
  {x = 9,
   y = 10}, 10]
s = """
"""
s2 = '''
\''''
s3 = """\"""" # """
after = 16
[h.i]
j = 18
[ h ] # again
k = 20
[[t]]
l = 22
[t.sub]
l = 24
[[t.deep]]
l = 26
[[t.deep]]
l = 28
[[t]]
[t.sub]
l = 31
when = 1979-05-27 07:32:00
[r."]#"]
l = 34
`
	root, lines, problem := decode("x", []byte(text))
	if problem != nil {
		t.Fatal(problem)
	}
	walk("", root, func(p keyPath, v any) {
		line, ok := lines[p]
		if !ok {
			t.Errorf("%q has no line", p)
		}
		if n, ok := v.(int64); ok && int(n) != line {
			t.Errorf("%q is on line %d, not %d", p, n, line)
		}
	})
	for p, want := range map[string]int{
		"h": 19, "h/i": 17, "t": 21, "t/#0": 21, "t/#1": 29, "t/#1/sub": 30, "t/#0/deep/#1": 27,
		"t/#1/missing": 29, "missing": 1, "s": 11, "s2": 13, "s3": 15,
	} {
		if got := lines.of(keyPath("\x00" + strings.ReplaceAll(p, "/", "\x00"))); got != want {
			t.Errorf("%s is on line %d, want %d", p, got, want)
		}
	}
}

// walk visits everything in a table.
func walk(p keyPath, table map[string]any, visit func(keyPath, any)) {
	for key, v := range table {
		walkValue(p.key(key), v, visit)
	}
}

func walkValue(p keyPath, v any, visit func(keyPath, any)) {
	visit(p, v)
	switch v := v.(type) {
	case map[string]any:
		walk(p, v, visit)
	case []any:
		for i, item := range v {
			walkValue(p.index(i), item, visit)
		}
	case []map[string]any:
		for i, item := range v {
			walkValue(p.index(i), item, visit)
		}
	}
}
