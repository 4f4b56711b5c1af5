package cardnumber

import (
	"bytes"
	"os"
	"strings"
	"testing"
)

// row is a line of a table of testdata: kind, input, expected, separated by tabs; "=" is the
// input, and \n in both is a line feed.
type row struct{ kind, in, want string }

func rows(t testing.TB, name string) (all []row) {
	t.Helper()
	text, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(strings.TrimSuffix(string(text), "\n"), "\n") {
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		f := strings.Split(line, "\t")
		if len(f) != 3 {
			t.Fatalf("%s: %q has %d columns", name, line, len(f))
		}
		if f[2] == "=" {
			f[2] = f[1]
		}
		all = append(all, row{f[0], f[1], f[2]})
	}
	return all
}

// TestTables: each row of the tables, alone, at each distance from the borders of the blocks, and
// between other lines.
func TestTables(t *testing.T) {
	for _, name := range []string{"cardnumbers.tsv", "rules.tsv"} {
		all := rows(t, name)
		for _, r := range all {
			check(t, r, r.in, r.want)
			check(t, r, strings.ReplaceAll(r.in, `\n`, "\n"), strings.ReplaceAll(r.want, `\n`, "\n"))
			for n := range 2 * 64 {
				before, behind := strings.Repeat("/", n)+" ", " "+strings.Repeat("/", n)
				check(t, r, "a line\n"+before+r.in+behind+"\n", "a line\n"+before+r.want+behind+"\n")
			}
		}
		t.Logf("%s: %d rows", name, len(all))
	}
}

func check(t *testing.T, r row, in, want string) {
	t.Helper()
	b := []byte(in)
	f := New(Rules{})
	n := f.Truncate(b)
	if string(b) != want {
		t.Errorf("%s\n  of %q\n got %q\nwant %q", r.kind, in, b, want)
	}
	if n > 0 == bytes.Equal(b, []byte(in)) {
		t.Errorf("%s: %q: %d found", r.kind, in, n)
	}
	g := New(Rules{})
	g.Count([]byte(in))
	if g.Counts != f.Counts {
		t.Errorf("%s: %q: counted %v, truncated %v", r.kind, in, g.Counts, f.Counts)
	}
}
