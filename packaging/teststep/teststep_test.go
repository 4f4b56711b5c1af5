package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// module is one with tests of each kind.
func module(t *testing.T, test string) {
	t.Helper()
	t.Chdir(t.TempDir())
	for name, text := range map[string]string{"go.mod": "module m\n", "m_test.go": "package m\n\nimport \"testing\"\n\n" + test} {
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func teststep(t *testing.T, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, err strings.Builder
	status = run(args, &out, &err)
	return status, out.String(), err.String()
}

// holds checks that a text has all of these, in this order.
func holds(t *testing.T, text string, parts ...string) {
	t.Helper()
	rest := text
	for _, part := range parts {
		_, after, found := strings.Cut(rest, part)
		if !found {
			t.Fatalf("no %q, or not there, in:\n%s", part, text)
		}
		rest = after
	}
}

func TestPassed(t *testing.T) {
	t.Setenv(records, filepath.Join(t.TempDir(), "records"))
	module(t, `
func TestGood(t *testing.T) { t.Log("of no interest"); t.Run("sub", func(*testing.T) {}) }
func TestElsewhere(t *testing.T) { t.Skip("no moon tonight") }
func TestElsewhereToo(t *testing.T) { t.Run("sub", func(t *testing.T) { t.Skip("no moon tonight") }) }
`)
	status, out, stderr := teststep(t, "race", "go", "test", "./...")
	if status != 0 || stderr != "" || strings.Contains(out, "of no interest") {
		t.Errorf("%d\n%s%s", status, out, stderr)
	}
	holds(t, out, "ok ", "== race passed: 3 tests, 2 skipped, ")
	if status, out, stderr := teststep(t, "-tests", "fuzz ", "fuzz", "echo", "fuzz A\nother\nfuzz B"); status != 0 {
		t.Errorf("%d\n%s%s", status, out, stderr)
	}
	status, out, stderr = teststep(t, "-table", os.Getenv(records))
	if status != 0 || stderr != "" {
		t.Errorf("%d\n%s%s", status, out, stderr)
	}
	holds(t, out, "step", "tests", "seconds", "of CPU", "skipped\n", "race ", " 3 ", " 2\n", "fuzz ", " 2 ", " 0\n", "together", " 5 ", " 2\n",
		"skipped in race: no moon tonight: TestElsewhere, TestElsewhereToo/sub\n")
}

func TestFailed(t *testing.T) {
	t.Setenv(records, filepath.Join(t.TempDir(), "records"))
	module(t, `
func TestGood(t *testing.T) { t.Log("of no interest") }
func TestBad(t *testing.T) { t.Log("first"); t.Run("sub", func(t *testing.T) { t.Error("second") }); t.Log("third"); t.Run("good", func(t *testing.T) { t.Log("of no interest") }) }
`)
	status, out, _ := teststep(t, "race", "go", "test", "./...")
	if status != 1 || strings.Contains(out, "of no interest") {
		t.Errorf("%d\n%s", status, out)
	}
	holds(t, out, "=== RUN", "first", "third", "--- FAIL: TestBad", "second", "FAIL", "--- TestBad/sub\n", "second\n", "--- TestBad\n", "first\n", "== race FAILED: 4 tests, 0 skipped, ")
	if _, out, _ = teststep(t, "-table", os.Getenv(records)); !strings.Contains(out, "  FAILED\n") {
		t.Error(out)
	}
}

// TestNotToItsEnd: what a test has printed whose process panics, or that does not build, is seen.
func TestNotToItsEnd(t *testing.T) {
	for name, test := range map[string]string{
		"panic: no way": `func TestBad(t *testing.T) { t.Log("first"); go panic("no way"); select {} }`,
		"os.Exit said":  `func TestBad(t *testing.T) { t.Log("os.Exit said"); os.Exit(3) }`,
		"undefined: no": `func TestBad(t *testing.T) { no() }`,
	} {
		t.Run(name, func(t *testing.T) {
			if strings.Contains(test, "os.Exit") {
				test = "import \"os\"\n" + test
			}
			t.Setenv(records, "")
			module(t, test)
			status, out, stderr := teststep(t, "race", "go", "test", "./...")
			if status != 1 {
				t.Errorf("%d\n%s%s", status, out, stderr)
			}
			holds(t, out, name)
		})
	}
}

// TestOutputGone: of tests whose process has closed its output it is not known how they ended, whatever its status.
func TestOutputGone(t *testing.T) {
	t.Setenv(records, "")
	module(t, `import "os"

func TestCloses(t *testing.T) { os.Stdout.Close() }
func TestUnheard(t *testing.T) {}
`)
	status, out, stderr := teststep(t, "race", "go", "test", "./...")
	if status != 1 || !strings.Contains(stderr, "how the tests of these packages ended: m") {
		t.Errorf("%d\n%s%s", status, out, stderr)
	}
	holds(t, out, "== race FAILED: ")
}

// TestCommands: those that are no tests pass their output and their status on.
func TestCommands(t *testing.T) {
	t.Setenv(records, "")
	if status, out, _ := teststep(t, "lint", "sh", "-c", "echo so; exit 7"); status != 7 {
		t.Errorf("%d\n%s", status, out)
	} else {
		holds(t, out, "so\n", "== lint FAILED, ")
	}
	if status, out, stderr := teststep(t, "lint", "/there/is/none"); status != 1 || !strings.Contains(stderr, "/there/is/none") {
		t.Errorf("%d\n%s%s", status, out, stderr)
	}
	if status, _, stderr := teststep(t, "lint"); status != 2 || !strings.Contains(stderr, "usage: ") {
		t.Errorf("%d\n%s", status, stderr)
	}
}
