package doc_test

import (
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"httpd-syslog/config"
)

// TestNamedTestsExist: every test that a page names is in the tree.
func TestNamedTestsExist(t *testing.T) {
	known := map[string]bool{}
	declared := regexp.MustCompile(`(?m)^func (Test\w+|Fuzz\w+|Benchmark\w+)\(`)
	for _, file := range filesOf(t, "_test.go", "cmd", "config", "forwarder", "packaging", "rotate") {
		for _, m := range declared.FindAllStringSubmatch(readPath(t, file), -1) {
			known[m[1]] = true
		}
	}
	named := regexp.MustCompile(`\b(?:Test|Fuzz|Benchmark)[A-Z]\w*`)
	for _, page := range pages(t) {
		for _, c := range codeOf(t, page) {
			for _, name := range named.FindAllString(c.text, -1) {
				if !known[name] {
					t.Errorf("%s:%d: there is no %s", page, c.line, name)
				}
			}
		}
	}
}

// TestFaultsNameTheirTests: what happens when … is nobody's word, but a test's.
func TestFaultsNameTheirTests(t *testing.T) {
	for _, row := range tablesOf(t, "packaging/doc/faults.md") {
		if len(row) != 3 || !strings.Contains(row[2], "`Test") {
			t.Errorf("no test is named where %s", row[0])
		}
	}
}

// TestConfigurationOfPagesLoads: every block of TOML.
func TestConfigurationOfPagesLoads(t *testing.T) {
	block := regexp.MustCompile("(?ms)^```toml\n(.*?)^```$")
	n := 0
	for _, page := range pages(t) {
		for _, m := range block.FindAllStringSubmatch(read(t, page), -1) {
			n++
			if _, err := config.Parse(page, []byte(m[1])); err != nil {
				t.Errorf("%v in\n%s", err, m[1])
			}
		}
	}
	if n < 5 {
		t.Errorf("only %d blocks of TOML were found", n)
	}
}

var (
	link    = regexp.MustCompile(`\[[^\]\n]*\]\(([^)\s]+)\)`)
	heading = regexp.MustCompile(`(?m)^#+ (.*)$`)
	noSlug  = regexp.MustCompile(`[^\p{L}\p{N} _-]`)
)

// TestLinksResolve: to files of the tree, and to headings in them.
func TestLinksResolve(t *testing.T) {
	for _, page := range pages(t) {
		for _, m := range link.FindAllStringSubmatch(read(t, page), -1) {
			u, err := url.Parse(m[1])
			if err != nil {
				t.Errorf("%s: %v", page, err)
				continue
			}
			if u.Scheme != "" {
				continue // elsewhere: not asked for
			}
			target := page
			if u.Path != "" {
				target = path.Join(path.Dir(page), u.Path)
			}
			if _, err := os.Stat(filepath.Join(tree, target)); err != nil {
				t.Errorf("%s links to %s: %v", page, m[1], err)
			} else if u.Fragment != "" && !slices.Contains(anchorsOf(t, target), u.Fragment) {
				t.Errorf("%s links to %s, which has no such heading", page, m[1])
			}
		}
	}
}

// anchorsOf are those that GitHub makes of a page's headings.
func anchorsOf(t *testing.T, page string) (all []string) {
	t.Helper()
	for _, m := range heading.FindAllStringSubmatch(read(t, page), -1) {
		all = append(all, strings.ReplaceAll(noSlug.ReplaceAllString(strings.ToLower(m[1]), ""), " ", "-"))
	}
	return all
}

// TestFilesOfPagesExist: what pages name as code and looks like a path of the tree is one.
func TestFilesOfPagesExist(t *testing.T) {
	named := regexp.MustCompile(`^(?:\./)?((?:cmd|config|forwarder|packaging|rotate)/[\w./*-]*|[\w-]+\.md|Makefile)$`)
	for _, page := range pages(t) {
		if page == "CHANGELOG.md" {
			continue // names what there was
		}
		for _, c := range codeOf(t, page) {
			for _, word := range strings.Fields(c.text) {
				m := named.FindStringSubmatch(strings.TrimSuffix(word, "/..."))
				if m == nil {
					continue
				}
				below, _ := filepath.Glob(filepath.Join(tree, m[1]))
				beside, _ := filepath.Glob(filepath.Join(tree, filepath.Dir(page), m[1]))
				if len(below)+len(beside) == 0 {
					t.Errorf("%s:%d: there is no %s", page, c.line, m[1])
				}
			}
		}
	}
}

// TestCommandsOfPagesExist: targets of make, and commands and options of the program.
func TestCommandsOfPagesExist(t *testing.T) {
	makefile := read(t, "Makefile")
	out, err := exec.Command("go", "run", tree+"/cmd/httpd_syslog", "help").Output()
	if err != nil {
		t.Fatal(err)
	}
	help := string(out)
	made := regexp.MustCompile(`(?:^|&& )make ([a-z][a-z0-9-]*)`)
	ours := regexp.MustCompile(`(?:^|[ |"/])httpd_syslog ([a-z]\w*|--[a-z-]+)`)
	option := regexp.MustCompile(`--[a-z][a-z-]*`)
	for _, page := range pages(t) {
		for _, c := range codeOf(t, page) {
			at := fmt.Sprintf("%s:%d", page, c.line)
			for _, m := range made.FindAllStringSubmatch(c.text, -1) {
				if !strings.Contains(makefile, "\n"+m[1]+":") {
					t.Errorf("%s: there is no make %s", at, m[1])
				}
			}
			commands := ours.FindAllStringSubmatch(c.text, -1)
			for _, m := range commands {
				if !slices.Contains(itsOwn, m[1]) && !regexp.MustCompile(`(?m)(?:httpd_syslog |^    )`+m[1]+`\b`).MatchString(help) {
					t.Errorf("%s: help has no httpd_syslog %s", at, m[1])
				}
			}
			if len(commands) == 0 && !regexp.MustCompile(`^--[a-z-]+(?: [A-Z]+)?$`).MatchString(c.text) {
				continue // another program's
			}
			for _, o := range option.FindAllString(c.text, -1) {
				if !strings.Contains(help, o) {
					t.Errorf("%s: help has no %s", at, o)
				}
			}
		}
	}
}

// itsOwn are the commands that the program has for itself.
var itsOwn = []string{"front", "intake", "deliver"}

// TestPackagesHaveThePages: each page for users is in both packages.
func TestPackagesHaveThePages(t *testing.T) {
	for _, file := range filesOf(t, ".md", "packaging/doc") {
		name := filepath.Base(file)
		for _, list := range []string{"nfpm.yaml", "packagetest/testdata/rpm.contents", "packagetest/testdata/deb.contents"} {
			if !strings.Contains(read(t, "packaging/"+list), "/usr/share/doc/httpd-syslog/"+name) {
				t.Errorf("packaging/%s has no %s", list, name)
			}
		}
	}
}

// code is a span of code of a page, or a line of a block of it.
type code struct {
	line int
	text string
}

var span = regexp.MustCompile("`([^`]+)`")

// codeOf is the code of a page.
func codeOf(t *testing.T, page string) (all []code) {
	t.Helper()
	fenced := false
	for i, line := range strings.Split(read(t, page), "\n") {
		switch {
		case strings.HasPrefix(line, "```"):
			fenced = !fenced
		case fenced || strings.HasPrefix(line, "    "):
			text, _, _ := strings.Cut(strings.TrimSpace(line), " # ")
			all = append(all, code{i + 1, text})
		default:
			for _, m := range span.FindAllStringSubmatch(line, -1) {
				all = append(all, code{i + 1, m[1]})
			}
		}
	}
	return all
}
