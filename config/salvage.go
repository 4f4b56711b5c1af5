package config

import (
	"path/filepath"
	"strings"

	"httpd-syslog/config/strict"
)

// Salvage finds the value of the top-level key state_dir in a file that does not load, be it for
// bad syntax or for bad values elsewhere: "" when it has none that is an absolute path. An intake
// whose configuration is broken still writes to the right spool by it.
//
// Where data is TOML, the answer is what TOML says. Otherwise it is the first usable one of the
// lines before the first table header, missing quotes forgiven.
func Salvage(data []byte) (stateDir string) {
	if doc, problem := strict.Parse("", data); problem == nil {
		s, _ := doc.Top().Text("state_dir")
		return salvagePath(s)
	}
	text := strict.WithoutBOM(string(data[:min(len(data), strict.MaxFile)]))
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "[") {
			return ""
		}
		if dir := salvageLine(line); dir != "" {
			return dir
		}
	}
	return ""
}

// salvageLine reads the line as a file of its own, and failing that, as it was meant.
func salvageLine(line string) string {
	key, bare, ok := strings.Cut(line, "=")
	if !ok || strings.Trim(key, " \t\"'") != "state_dir" {
		return ""
	}
	if doc, problem := strict.Parse("", []byte(line)); problem == nil {
		s, _ := doc.Top().Text("state_dir")
		return salvagePath(s)
	}
	bare, _, _ = strings.Cut(bare, "#")
	bare = strings.Trim(bare, " \t\"'")
	if strings.ContainsAny(bare, " \t\"'\\") {
		return ""
	}
	return salvagePath(bare)
}

// salvagePath is a path that Parse would accept as well, or "".
func salvagePath(s string) string {
	if checkDirectory(s) != "" {
		return ""
	}
	return filepath.Clean(s)
}
