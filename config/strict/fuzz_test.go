package strict

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// FuzzLines: no panic; the scanner finds every key that the library finds; what is no TOML has a place.
func FuzzLines(f *testing.F) {
	files, _ := filepath.Glob("../testdata/*.toml")
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte("a.''=[[], {b=1}]"))
	f.Fuzz(func(t *testing.T, data []byte) {
		root, lines, problem := decode("fuzz", data)
		if problem != nil {
			if problem.Line < 1 || problem.Column < 1 || problem.Msg == "" {
				t.Errorf("%+v", problem)
			}
			return
		}
		walk("", root, func(p keyPath, _ any) {
			// Of a list below an empty key the library loses the lists in it, and what is left has other indices.
			if lines[p] == 0 && !strings.Contains(string(p), "\x00\x00") {
				t.Errorf("%q has no line", p)
			}
		})
	})
}
