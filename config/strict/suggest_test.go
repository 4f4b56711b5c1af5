package strict

import (
	"strings"
	"testing"
)

func TestSuggest(t *testing.T) {
	for s, want := range map[string]string{
		"max_szie": "max_size", "keepage": "keep_age", "connecttimeout": "connect_timeout", "MAX_SIZE": "max_size",
		"rate": "", "x": "", "": "", "max_line": "", strings.Repeat("max_size", 100): "",
	} {
		known := []string{"name", "max_size", "keep_age", "connect_timeout"}
		hint := "did you mean \"" + want + "\"?"
		if want == "" {
			hint = "known here: name, max_size, keep_age, connect_timeout"
		}
		if got := Suggest(s, known); got != hint {
			t.Errorf("%s: %s", s, got)
		}
	}
}
