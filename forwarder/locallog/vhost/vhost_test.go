package vhost

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestHostOfALine(t *testing.T) {
	long := strings.Repeat("a", 64)
	for line, want := range map[string]string{
		"www.example.com 192.0.2.1 - -": "www.example.com",
		"WWW.Example.COM 192.0.2.1":     "www.example.com",
		"xn--bcher-kva.example x":       "xn--bcher-kva.example",
		"a_b x":                         "a_b",
		"tab\tx":                        "tab",
		"alone\n":                       "alone",
		long + " x":                     long,
		long + "a x":                    Other,
		"":                              Other,
		"\n":                            Other,
		" 192.0.2.1":                    Other,
		". x":                           Other,
		".. x":                          Other,
		".hidden x":                     Other,
		"../../etc x":                   Other,
		"a/b x":                         Other,
		"a\x00b x":                      Other,
		"bücher.example x":              Other,
		"[Thu Nov 26] [core:error] x":   Other,
		"_other x":                      Other,
		"www.example.com:8080 x":        Other,
		strings.Repeat("x", 100):        Other,
	} {
		if got := string(Append(nil, []byte(line))); got != want {
			t.Errorf("%q: %q, want %q", line, got, want)
		}
	}
}

// TestNames: the file of a host is named by it, and no other file is taken for one.
func TestNames(t *testing.T) {
	if _, ok := Split("access_log"); ok {
		t.Error("a name without a place for the host has one")
	}
	for _, file := range []string{"{vhost}/access_log", "hosts/{vhost}.log", "{vhost}"} {
		n, ok := Split(file)
		if !ok {
			t.Fatal(file)
		}
		name := n.Of("www")
		if name != strings.Replace(file, Place, "www", 1) {
			t.Errorf("%s: %s", file, name)
		}
		if host, ok := n.Host(name); host != "www" || !ok {
			t.Errorf("%s is of %q, %v", name, host, ok)
		}
		for _, other := range []string{"x" + n.Of("a/b"), n.Of("a/b"), "elsewhere/error_log"} {
			if host, ok := n.Host(other); ok {
				t.Errorf("%s: %s is of %q", file, other, host)
			}
		}
	}
	n, _ := Split("hosts/{vhost}.log")
	for _, other := range []string{"hosts/www", "www.log"} {
		if _, ok := n.Host(other); ok {
			t.Errorf("%s is taken for a file of a host", other)
		}
	}
}

// TestEach: a line goes to the host of the same line as it was received, whatever was made of it since.
func TestEach(t *testing.T) {
	var got []string
	Each([]byte("A 1\n../x 2\nc 3"), []byte("one\ntwo\nthree"), func(host, line []byte) { got = append(got, string(host)+": "+string(line)) })
	if want := []string{"a: one\n", Other + ": two\n", "c: three"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	Each([]byte("a\nb\n"), []byte("one\n"), func(host, _ []byte) {
		if string(host) != "a" {
			t.Errorf("%s has a line that is not there", host)
		}
	})
}

// TestMakeDir: directories of hosts have the mode of the log directory, and none is made through a link or beside it.
func TestMakeDir(t *testing.T) {
	log := t.TempDir()
	mode := fs.ModeSetgid | 0o775
	if err := os.Chmod(log, mode); err != nil {
		t.Fatal(err)
	}
	for range 2 { // it is there the second time
		if err := MakeDir(log, log+"/a/b"); err != nil {
			t.Fatal(err)
		}
		for _, dir := range []string{"/a", "/a/b"} {
			if st, err := os.Stat(log + dir); err != nil || !st.IsDir() || st.Mode()&^fs.ModeDir != mode {
				t.Errorf("%s: %v, %v", dir, st, err)
			}
		}
	}
	elsewhere := t.TempDir()
	if err := errors.Join(os.Symlink(elsewhere, log+"/link"), os.WriteFile(log+"/file", nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	for dir, makes := range map[string]string{"/link": "", "/file": "", "/link/x": elsewhere + "/x", "/file/x": ""} {
		if err := MakeDir(log, log+dir); err == nil || makes != "" && exists(makes) {
			t.Errorf("%s is made: %v", dir, err)
		}
	}
	for _, dir := range []string{log, filepath.Dir(log), log + "/../beside"} {
		if err := MakeDir(log, dir); err != nil || exists(log+"/../beside") {
			t.Errorf("%s: %v", dir, err)
		}
	}
	if err := MakeDir(log, log+"/"+strings.Repeat("x", 256)); err == nil {
		t.Error("a directory has a name that none can have")
	}
	if err := MakeDir(log+"/none", log+"/none/a"); err == nil {
		t.Error("a log directory that is not there has a directory")
	}
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}
