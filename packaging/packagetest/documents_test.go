package packagetest

import (
	"maps"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"
)

var manPages = []string{"httpd_syslog.8", "httpd_syslog.toml.5", "httpd_syslog-verify.8", "httpd_syslog-report.8"}

func manPage(name string) string { return filepath.Join(tree, "packaging/man", name) }

func TestManPagesLint(t *testing.T) {
	t.Parallel()
	for _, page := range manPages {
		out, _ := command(t, "mandoc", "-T", "lint", manPage(page)).CombinedOutput() // fails when it finds anything
		for l := range strings.Lines(string(out)) {
			if !strings.Contains(l, "referenced manual not found") && !strings.Contains(l, "outdated mandoc.db") {
				t.Errorf("mandoc: %s", l)
			}
		}
		if out := run(t, command(t, "groff", "-mdoc", "-ww", "-z", "-Tutf8", manPage(page))); out != "" {
			t.Errorf("groff: %s", out)
		}
	}
}

// rendered is a page as text, without line breaks.
func rendered(t *testing.T, page string) string {
	t.Helper()
	out, err := command(t, "mandoc", "-T", "utf8", "-O", "width=500", manPage(page)).Output()
	if err != nil {
		t.Fatal(err)
	}
	return regexp.MustCompile(`.\x08`).ReplaceAllString(string(out), "") // bold and underlined
}

// TestManPageHasEveryKey: those that the tests of package config know, and no other.
func TestManPageHasEveryKey(t *testing.T) {
	t.Parallel()
	want, got := map[string]bool{}, map[string]bool{}
	for _, name := range []string{"full.good.toml", "defaults.good.toml"} {
		var root map[string]any
		if _, err := toml.DecodeFile(filepath.Join(tree, "config/testdata", name), &root); err != nil {
			t.Fatal(err)
		}
		collectKeys(root, want)
	}
	items := regexp.MustCompile(`(?m)^     ([a-z_]+(?:, [a-z_]+)*)(?: = .*| {2,}.*)?$`)
	for _, m := range items.FindAllStringSubmatch(rendered(t, "httpd_syslog.toml.5"), -1) {
		for _, key := range strings.Split(m[1], ", ") {
			got[key] = true
		}
	}
	if !maps.Equal(got, want) {
		t.Errorf("keys of the page: %q\nof config: %q", slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(want)))
	}
}

// collectKeys adds the keys of a table, but not those of the tables in it.
func collectKeys(table map[string]any, keys map[string]bool) {
	for key, value := range table {
		switch v := value.(type) {
		case map[string]any:
			collectKeys(v, keys)
		case []map[string]any:
			for _, t := range v {
				collectKeys(t, keys)
			}
		case []any: // of inline tables, or of strings
			for _, t := range v {
				if t, ok := t.(map[string]any); ok {
					collectKeys(t, keys)
				} else {
					keys[key] = true
				}
			}
		default:
			keys[key] = true
		}
	}
}

// TestEveryOptionIsDocumented: what the program's help has, the page and the
// completions have.
func TestEveryOptionIsDocumented(t *testing.T) {
	t.Parallel()
	help := run(t, exec.Command("go", "run", tree+"/cmd/httpd_syslog", "help"))
	options := regexp.MustCompile(`--[a-z][a-z-]*`).FindAllString(help, -1)
	commands := regexp.MustCompile(`(?m)^    httpd_syslog ([a-z]+)`).FindAllStringSubmatch(help, -1)
	if len(options) < 10 || len(commands) < 4 {
		t.Fatalf("help has options %q and commands %q", options, commands)
	}
	texts := map[string]string{"httpd_syslog.8": rendered(t, "httpd_syslog.8")}
	for _, name := range []string{"httpd_syslog.bash", "_httpd_syslog", "httpd_syslog.fish"} {
		texts[name] = strings.ReplaceAll(readFile(t, filepath.Join(tree, "packaging/completions", name)), " -l ", " --")
	}
	for name, text := range texts {
		for _, option := range options {
			if !strings.Contains(text, option) {
				t.Errorf("%s has no %s", name, option)
			}
		}
		for _, c := range commands {
			if !regexp.MustCompile(`\b` + c[1] + `\b`).MatchString(text) {
				t.Errorf("%s has no command %s", name, c[1])
			}
		}
	}
}

// TestOneLogFormat: README, pages, manual, help and both snippets recommend the same directives.
func TestOneLogFormat(t *testing.T) {
	t.Parallel()
	want := `LogFormat "%v %h %l %u %t \"%r\" %>s %b \"%{Referer}i\" \"%{User-Agent}i\"" vcombined`
	for _, file := range []string{"README.md", "packaging/doc/files.md", "packaging/man/httpd_syslog.8", "packaging/apache/debian.conf", "packaging/apache/httpd.conf"} {
		checkLogFormats(t, file, strings.ReplaceAll(readFile(t, filepath.Join(tree, file)), `\e"`, `\"`), want)
	}
	checkLogFormats(t, "help", run(t, exec.Command("go", "run", tree+"/cmd/httpd_syslog", "help")), want)
}

func checkLogFormats(t *testing.T, name, text, want string) {
	t.Helper()
	formats := regexp.MustCompile(`LogFormat ".*`).FindAllString(text, -1)
	if len(formats) == 0 {
		t.Errorf("%s has no LogFormat", name)
	}
	for _, format := range formats {
		if format != want {
			t.Errorf("%s has %s, want %s", name, format, want)
		}
	}
}

// TestLinksOfInstalledPages: they lead to pages that are installed beside them.
func TestLinksOfInstalledPages(t *testing.T) {
	root := t.TempDir()
	run(t, command(t, "dpkg-deb", "--extract", packages(t, version).deb, root))
	dir := filepath.Join(root, "usr/share/doc/httpd-syslog")
	pages, err := filepath.Glob(filepath.Join(dir, "*.md"))
	if err != nil || len(pages) < 5 {
		t.Fatalf("%q, %v", pages, err)
	}
	link := regexp.MustCompile(`\]\(([^)#:]+)(?:#[^)]*)?\)`)
	for _, page := range pages {
		for _, m := range link.FindAllStringSubmatch(readFile(t, page), -1) {
			if !slices.Contains(pages, filepath.Join(dir, m[1])) {
				t.Errorf("%s links to %s", filepath.Base(page), m[1])
			}
		}
	}
}
