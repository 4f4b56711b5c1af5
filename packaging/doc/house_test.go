package doc_test

import (
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// room is a package of the product as the table in forwarder/README.md has it.
type room struct {
	name, mustNot string
	leansOn       []string
}

const module = "httpd-syslog/"

// rooms are those of the table, in its order.
func rooms(t *testing.T) (all []room) {
	t.Helper()
	for _, row := range tablesOf(t, "forwarder/README.md") {
		if len(row) != 4 {
			continue // another table
		}
		r := room{name: strings.Trim(row[0], "` "), mustNot: row[2]}
		for _, m := range span.FindAllStringSubmatch(row[3], -1) {
			r.leansOn = append(r.leansOn, m[1])
		}
		all = append(all, r)
	}
	return all
}

// TestLayers: each package has its row, leans on rooms below it alone, and on those that its row names.
func TestLayers(t *testing.T) {
	all := rooms(t)
	place := map[string]int{}
	for i, r := range all {
		place[r.name] = i
	}
	imports := importsOf(t)
	for name, leans := range imports {
		i, known := place[name]
		if !known {
			t.Errorf("%s has no row in forwarder/README.md: say what it is, and what must not be in it", name)
			continue
		}
		for _, on := range leans {
			if below, known := place[on]; known && below < i {
				t.Errorf("%s imports %s, which stands above it in forwarder/README.md. What must not be in %s: %s", name, on, name, all[i].mustNot)
			}
			if short := strings.TrimPrefix(on, "forwarder/"); !slices.Contains(all[i].leansOn, short) {
				t.Errorf("%s imports %s, which its row in forwarder/README.md does not name. What must not be in %s: %s", name, on, name, all[i].mustNot)
			}
		}
		for _, on := range all[i].leansOn {
			if !slices.Contains(leans, on) && !slices.Contains(leans, "forwarder/"+on) {
				t.Errorf("the row of %s in forwarder/README.md names %s, which it does not import", name, on)
			}
		}
	}
	for _, r := range all {
		if imports[r.name] == nil {
			t.Errorf("forwarder/README.md has a row for %s, and there is no such package", r.name)
		}
	}
}

// forTests are packages that only tests import.
var forTests = []string{"forwarder/testbed", "forwarder/testbed/smalldisk", "forwarder/testbed/sealtest", "forwarder/testbed/natsbed", "forwarder/testbed/s3bed", "forwarder/transport/storetest", "forwarder/spool/spooltest", "forwarder/leaktest", "forwarder/trust/trusttest", "forwarder/verify/verifytest", "forwarder/report/reporttest"}

// importsOf are the packages of the product, each with those of this module that it imports.
func importsOf(t *testing.T) map[string][]string {
	t.Helper()
	all := map[string][]string{}
	for _, file := range filesOf(t, ".go", "cmd", "config", "forwarder", "rotate") {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimPrefix(filepath.Dir(file), tree+"/")
		if slices.Contains(forTests, name) {
			continue
		}
		if all[name] == nil {
			all[name] = []string{}
		}
		for _, spec := range f.Imports {
			path, _ := strconv.Unquote(spec.Path.Value)
			if slices.Contains(forTests, strings.TrimPrefix(path, module)) {
				t.Errorf("%s imports %s, which is for tests", file, path)
			}
			if on, ours := strings.CutPrefix(path, module); ours && !slices.Contains(all[name], on) {
				all[name] = append(all[name], on)
			}
		}
	}
	return all
}

// TestExamplesAreShort: what it takes to add something fits on half a page.
func TestExamplesAreShort(t *testing.T) {
	const most = 20
	blocks := regexp.MustCompile("(?ms)^```go\n(.*?)^```$").FindAllStringSubmatch(read(t, "CONTRIBUTING.md"), -1)
	if len(blocks) < 4 {
		t.Errorf("CONTRIBUTING.md has %d examples", len(blocks))
	}
	for _, m := range blocks {
		if n := strings.Count(m[1], "\n"); n >= most {
			t.Errorf("an example of %d lines:\n%s", n, m[1])
		}
	}
}

// TestEveryTargetIsExplained: those of the Makefile, in CONTRIBUTING.md.
func TestEveryTargetIsExplained(t *testing.T) {
	page := read(t, "CONTRIBUTING.md")
	for _, m := range regexp.MustCompile(`(?m)^([a-z0-9-]+):.*## `).FindAllStringSubmatch(read(t, "Makefile"), -1) {
		if m[1] != "help" && !strings.Contains(page, "`make "+m[1]+"`") {
			t.Errorf("CONTRIBUTING.md does not explain make %s", m[1])
		}
	}
}

// TestEveryFaultPointIsTried: a named point that no test names holds nothing.
func TestEveryFaultPointIsTried(t *testing.T) {
	var tests strings.Builder
	for _, file := range filesOf(t, "_test.go", "cmd", "forwarder", "rotate") {
		tests.WriteString(readPath(t, file))
	}
	point := regexp.MustCompile(`fault\.(?:Point|Error)\("([^"]+)"\)`)
	n := 0
	for _, file := range filesOf(t, ".go", "cmd", "forwarder", "rotate") {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		for _, m := range point.FindAllStringSubmatch(readPath(t, file), -1) {
			n++
			if !strings.Contains(tests.String(), `"`+m[1]) {
				t.Errorf("%s: no test names the point %s", file, m[1])
			}
		}
	}
	if n < 30 {
		t.Errorf("only %d points were found", n)
	}
}
