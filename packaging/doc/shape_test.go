package doc_test

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Bounds of the product's shape. What grows beyond one has a border inside it: cut there.
const (
	mostLinesOfFunction = 60
	mostLinesOfFile     = 400
	mostLinesOfPackage  = 2000
	mostFields          = 20
	medianOfFunctions   = 9
	p90OfFunctions      = 22
)

// TestShape holds functions, files, structs and packages of the product to their bounds, tests not
// counted, and prints what they are.
func TestShape(t *testing.T) {
	var functions []int
	packages := map[string]int{}
	for _, file := range filesOf(t, ".go", "cmd", "config", "forwarder", "rotate") {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		lines := bytes.Count(b, []byte("\n"))
		packages[filepath.Dir(file)] += lines
		if lines > mostLinesOfFile {
			t.Errorf("%s has %d lines, above %d", file, lines, mostLinesOfFile)
		}
		functions = append(functions, shapeOf(t, file, b)...)
	}
	for name, lines := range packages {
		if lines > mostLinesOfPackage {
			t.Errorf("package %s has %d lines, above %d", name, lines, mostLinesOfPackage)
		}
	}
	slices.Sort(functions)
	median, p90 := functions[len(functions)/2], functions[len(functions)*9/10]
	t.Logf("%d packages; %d functions, lines: median %d, p90 %d, longest %d", len(packages), len(functions), median, p90, functions[len(functions)-1])
	if median > medianOfFunctions || p90 > p90OfFunctions {
		t.Errorf("functions have %d lines in the median, %d at the 90th percentile: more than %d and %d", median, p90, medianOfFunctions, p90OfFunctions)
	}
}

// shapeOf are the lengths of a file's functions, in lines.
func shapeOf(t *testing.T, file string, source []byte) (functions []int) {
	t.Helper()
	set := token.NewFileSet()
	f, err := parser.ParseFile(set, file, source, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			lines := set.Position(n.End()).Line - set.Position(n.Pos()).Line + 1
			functions = append(functions, lines)
			if lines > mostLinesOfFunction {
				t.Errorf("%s: %s has %d lines, above %d", file, n.Name.Name, lines, mostLinesOfFunction)
			}
		case *ast.TypeSpec:
			if s, ok := n.Type.(*ast.StructType); ok && fieldsOf(s) > mostFields {
				t.Errorf("%s: struct %s has %d fields, above %d", file, n.Name.Name, fieldsOf(s), mostFields)
			}
		}
		return true
	})
	return functions
}

func fieldsOf(s *ast.StructType) (n int) {
	for _, f := range s.Fields.List {
		n += max(1, len(f.Names))
	}
	return n
}
