package doc_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"httpd-syslog/forwarder/event"
)

// eventTest is the test that makes an event happen, and fails when that is not told.
type eventTest struct{ code, dir, test string }

// eventTests are those of testdata/eventtests.tsv, one for each code, in the order of the table of events. With the
// tag faultpoints TestEveryCodeIsMissed holds each row to its word.
func eventTests(t *testing.T) (all []eventTest) {
	t.Helper()
	for line := range strings.Lines(readPath(t, "testdata/eventtests.tsv")) {
		row := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(row) != 3 {
			t.Fatalf("%q is no code, package and test", line)
		}
		all = append(all, eventTest{row[0], row[1], row[2]})
	}
	return all
}

// TestEveryCodeIsTried: each code has its test, which exists, looks for the event, and has somebody else tell it.
func TestEveryCodeIsTried(t *testing.T) {
	variables := map[*event.Kind]string{}
	for name, k := range kindsByVariable(t, token.NewFileSet()) {
		variables[k] = name
	}
	packages := map[string]testSource{}
	rows := eventTests(t)
	for i, k := range event.Kinds() {
		if i >= len(rows) || rows[i].code != k.Code {
			t.Fatalf("line %d of testdata/eventtests.tsv should be that of %s", i+1, k.Code)
		}
		row := rows[i]
		if packages[row.dir] == nil {
			packages[row.dir] = testSourceOf(t, row.dir)
		}
		has := packages[row.dir].reach(row.test)
		switch {
		case has == nil:
			t.Errorf("%s: there is no %s in %s", k.Code, row.test, row.dir)
		case has.tells[variables[k]]:
			t.Errorf("%s: %s tells it itself", k.Code, row.test)
		case !has.looksFor(k, variables[k]):
			t.Errorf("%s: %s does not look for it", k.Code, row.test)
		}
	}
	if len(rows) != len(event.Kinds()) {
		t.Errorf("testdata/eventtests.tsv has %d lines for %d codes", len(rows), len(event.Kinds()))
	}
}

// testSource are the functions and variables of a package's tests, by name.
type testSource map[string]*testNames

// testNames are what a function or a variable has in it.
type testNames struct {
	texts []string        // in quotes
	names map[string]bool // of anything; of kinds with "event." before them
	tells map[string]bool // kinds that it makes events of
}

// testSourceOf parses a package's tests.
func testSourceOf(t *testing.T, dir string) testSource {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(tree, dir, "*_test.go"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("%s has no tests: %v", dir, err)
	}
	all := testSource{}
	for _, path := range paths {
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				all.add(d.Name.Name, d)
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					if v, ok := spec.(*ast.ValueSpec); ok {
						all.add(v.Names[0].Name, v)
					}
				}
			}
		}
	}
	return all
}

func (s testSource) add(name string, n ast.Node) {
	in := s[name] // methods of several types can have one name
	if in == nil {
		in = &testNames{names: map[string]bool{}, tells: map[string]bool{}}
		s[name] = in
	}
	ast.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.BasicLit:
			if text, err := strconv.Unquote(n.Value); err == nil && n.Kind == token.STRING {
				in.texts = append(in.texts, text)
			}
		case *ast.Ident:
			in.names[n.Name] = true
		case *ast.CallExpr:
			if kind := toldIn(n); kind != "" {
				in.tells[kind] = true
			}
		case *ast.SelectorExpr:
			if isPackage(n.X, "event") {
				in.names["event."+n.Sel.Name] = true
			}
		}
		return true
	})
}

// toldIn is the variable of the kind of which a call makes an event, or a trouble; empty: of none.
func toldIn(call *ast.CallExpr) string {
	sel, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return ""
	}
	of := sel.X
	if sel.Sel.Name == "Trouble" && len(call.Args) > 0 {
		if address, ok := call.Args[0].(*ast.UnaryExpr); ok {
			of = address.X
		}
	} else if sel.Sel.Name != "With" {
		return ""
	}
	if kind, ok := of.(*ast.SelectorExpr); ok && isPackage(kind.X, "event") {
		return kind.Sel.Name
	}
	return ""
}

// reach is all that a test has, with what it calls in its package; nil: there is no such test.
func (s testSource) reach(test string) *testNames {
	if s[test] == nil || !strings.HasPrefix(test, "Test") {
		return nil
	}
	all := &testNames{names: map[string]bool{}, tells: map[string]bool{}}
	seen := map[string]bool{test: true}
	for todo := []string{test}; len(todo) > 0; todo = todo[1:] {
		in := s[todo[0]]
		all.texts = append(all.texts, in.texts...)
		for kind := range in.tells {
			all.tells[kind] = true
		}
		for name := range in.names {
			all.names[name] = true
			if s[name] != nil && !seen[name] {
				seen[name] = true
				todo = append(todo, name)
			}
		}
	}
	return all
}

// looksFor reports whether a test has the code of an event in quotes, its variable, or words of its sentence.
func (n *testNames) looksFor(k *event.Kind, variable string) bool {
	if n.names["event."+variable] {
		return true
	}
	for _, text := range n.texts {
		if text == k.Code || strings.Contains(text, "event="+k.Code) {
			return true
		}
		for _, piece := range key.Split(k.Sentence, -1) {
			if piece = strings.Trim(piece, " :;,()"); len(piece) >= 8 && (strings.Contains(text, piece) || len(text) >= 8 && strings.Contains(piece, strings.Trim(text, " :;,()"))) {
				return true
			}
		}
	}
	return false
}
