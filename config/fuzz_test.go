package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"httpd-syslog/config/endpoint"
	"httpd-syslog/config/strict"
)

func seed(f *testing.F) {
	files, _ := filepath.Glob("testdata/*.toml")
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
}

// FuzzParse: no panic; a configuration is within its bounds; a problem has a line of the file.
func FuzzParse(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := Parse("fuzz", data)
		if (c == nil) == (err == nil) {
			t.Fatalf("got %v, %v", c, err)
		}
		if err == nil {
			checkBounds(t, c)
		} else {
			checkProblems(t, err.(strict.Errors), strings.Count(string(data), "\n")+1)
		}
	})
}

func checkProblems(t *testing.T, problems strict.Errors, lines int) {
	t.Helper()
	last := 1
	for _, p := range problems {
		if p.Line < last || p.Line > lines {
			t.Errorf("line %d after %d of %d: %v", p.Line, last, lines, p)
		}
		last = p.Line
		if (p.Key == "") != (p.Column > 0) || p.Msg == "" {
			t.Errorf("%+v", p)
		}
	}
	if got := strings.Count(problems.Error(), "\n") + 1; got != len(problems) {
		t.Errorf("%d problems on %d lines", len(problems), got)
	}
}

// FuzzSalvage: no panic; the result is a directory that Parse would take; and where Parse takes the
// file, it is Parse's.
func FuzzSalvage(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		dir := Salvage(data)
		if dir != "" && (checkDirectory(dir) != "" || filepath.Clean(dir) != dir) {
			t.Errorf("got %q", dir)
		}
		if c, err := Parse("fuzz", data); err == nil && dir != "" && dir != c.StateDir {
			t.Errorf("got %q, Parse %q", dir, c.StateDir)
		}
	})
}

// FuzzEndpoint: what parses, parses again from its own form.
func FuzzEndpoint(f *testing.F) {
	for _, url := range []string{"tcp://[fe80::1%eth0]:1", "udp://192.0.2.1", "unix:///dev/log"} {
		f.Add(url)
	}
	f.Fuzz(func(t *testing.T, url string) {
		e, err := endpoint.Parse(url)
		if err != nil {
			return
		}
		if again, err := endpoint.Parse(e.String()); err != nil || again != e {
			t.Errorf("%q: %+v, then %+v, %v", url, e, again, err)
		}
		if name := NewRelay(e).Name; name == "" || len(name) > maxName || !strict.Plain(name) {
			t.Errorf("%q is named %q", url, name)
		}
	})
}
