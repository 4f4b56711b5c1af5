package vhost

import (
	"strings"
	"testing"
)

func TestHostOfALine(t *testing.T) {
	long := strings.Repeat("a", MaxHost)
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
