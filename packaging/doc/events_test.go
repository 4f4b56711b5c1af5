package doc_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"httpd-syslog/forwarder/event"
)

// TestEveryEventHasItsKind: the source tells no event that is not in the table, each with the keys
// of its kind in their order, and the table has none that the source does not tell.
func TestEveryEventHasItsKind(t *testing.T) {
	s := eventSource{t: t, fset: token.NewFileSet(), used: map[*event.Kind]bool{}}
	s.kinds = kindsByVariable(t, s.fset)
	for dir, files := range sourceByPackage(t, s.fset) {
		if strings.HasSuffix(dir, "forwarder/event") {
			continue
		}
		for _, f := range files {
			ast.Inspect(f, s.look)
		}
	}
	if len(s.used) < 50 || s.calls < 50 {
		t.Fatalf("only %d kinds and %d calls were found in the source", len(s.used), s.calls)
	}
	for _, k := range event.Kinds() {
		if !s.used[k] && !strings.HasPrefix(k.Code, "seal.") && (k.Ends == nil || !k.Ends.IsTrouble()) {
			t.Errorf("nothing tells %s", k.Code)
		}
	}
}

// eventSource is what the source has of events.
type eventSource struct {
	t     *testing.T
	fset  *token.FileSet
	kinds map[string]*event.Kind // by their variables
	used  map[*event.Kind]bool
	calls int
}

// look looks at a node of a file.
func (s *eventSource) look(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.SelectorExpr:
		if k := s.kind(n); k != nil {
			s.used[k] = true
		}
	case *ast.CallExpr:
		s.call(n)
	case *ast.CompositeLit:
		if sel, ok := n.Type.(*ast.SelectorExpr); ok && isPackage(sel.X, "event") && sel.Sel.Name == "Kind" {
			s.errorf(n, "a kind that is not in the table")
		}
	}
	return true
}

// kind is the kind that an expression names, "event.X"; nil: it is none.
func (s *eventSource) kind(e ast.Expr) *event.Kind {
	if u, ok := e.(*ast.UnaryExpr); ok {
		e = u.X
	}
	if sel, ok := e.(*ast.SelectorExpr); ok && isPackage(sel.X, "event") {
		return s.kinds[sel.Sel.Name]
	}
	return nil
}

func isPackage(e ast.Expr, name string) bool {
	x, ok := e.(*ast.Ident)
	return ok && x.Name == name
}

// call holds a call of With, or of Trouble, to the kind.
func (s *eventSource) call(c *ast.CallExpr) {
	sel, ok := c.Fun.(*ast.SelectorExpr)
	if !ok {
		return
	}
	switch k := s.kind(sel.X); {
	case sel.Sel.Name == "With" && k != nil:
		s.calls++
		var names []string
		for i := 0; i < len(c.Args); i += 2 {
			names = append(names, literal(c.Args[i]))
		}
		if !slices.Equal(names, k.Keys()) || len(c.Args)%2 != 0 {
			s.errorf(c, "%s has the keys %q, and the call %q", k.Code, k.Keys(), names)
		}
	case sel.Sel.Name == "Trouble" && len(c.Args) == 3:
		if k := s.kind(c.Args[0]); k != nil {
			s.calls++
			if named := literal(c.Args[1]) != ""; !k.IsTrouble() || named != (k.Subject() != "") && isLiteral(c.Args[1]) {
				s.errorf(c, "%s is no trouble of that kind", k.Code)
			}
		}
	}
}

func (s *eventSource) errorf(n ast.Node, format string, args ...any) {
	s.t.Helper()
	s.t.Errorf("%s: "+format, append([]any{s.fset.Position(n.Pos())}, args...)...)
}

func isLiteral(e ast.Expr) bool {
	_, ok := e.(*ast.BasicLit)
	return ok
}

// literal is the string that an expression is; empty for another expression.
func literal(e ast.Expr) string {
	if l, ok := e.(*ast.BasicLit); ok && l.Kind == token.STRING {
		s, _ := strconv.Unquote(l.Value)
		return s
	}
	return ""
}

// kindsByVariable are the kinds of the table by the names of their variables.
func kindsByVariable(t *testing.T, fset *token.FileSet) map[string]*event.Kind {
	t.Helper()
	all := map[string]*event.Kind{}
	for _, f := range sourceByPackage(t, fset)[filepath.Join(tree, "forwarder/event")] {
		ast.Inspect(f, func(n ast.Node) bool {
			v, ok := n.(*ast.ValueSpec)
			if !ok || len(v.Values) != 1 {
				return true
			}
			if lit, ok := v.Values[0].(*ast.CompositeLit); ok && isPackage(lit.Type, "Kind") {
				code := literal(lit.Elts[0].(*ast.KeyValueExpr).Value)
				if all[v.Names[0].Name] = event.Find(code); event.Find(code) == nil {
					t.Errorf("%s: Kinds does not have %q", fset.Position(v.Pos()), code)
				}
			}
			return true
		})
	}
	if len(all) != len(event.Kinds()) {
		t.Fatalf("%d variables for %d kinds", len(all), len(event.Kinds()))
	}
	return all
}

// sourceByPackage are the files of the product, by their directories.
func sourceByPackage(t *testing.T, fset *token.FileSet) map[string][]*ast.File {
	t.Helper()
	all := map[string][]*ast.File{}
	for _, file := range filesOf(t, ".go", "cmd", "forwarder", "rotate") {
		if strings.HasSuffix(file, "_test.go") || strings.Contains(file, "/testbed/") {
			continue
		}
		f, err := parser.ParseFile(fset, file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		all[filepath.Dir(file)] = append(all[filepath.Dir(file)], f)
	}
	return all
}
