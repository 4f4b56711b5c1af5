package sdata

import (
	"strings"
	"testing"
)

func TestCheck(t *testing.T) {
	for data, want := range map[string]string{
		"": "", "[a@1]": "", `[token@41058 tag="x" tag="y"]`: "", `[a@1.2.3][origin ip="::1"]`: "", `[a@1 v="\"\\\]"]`: "", `[a@1 v=""]`: "", `[a@1 v="ä"]`: "",
		"a@1":                       "what begins at character 1 is no SD-ELEMENT",
		"[a@1] [b@1]":               "what begins at character 6 is no SD-ELEMENT",
		"[a@1]x":                    "what begins at character 6 is no SD-ELEMENT",
		"[a@1":                      "its closing bracket is missing",
		"[ a@1]":                    "no space follows the bracket",
		`[a@1 v="]"]`:               "in a value write",
		`[a@1 v="\n"]`:              "in a value write",
		`[a@1 v='x']`:               "is no SD-ELEMENT",
		`[a@1  v="x"]`:              "is no SD-ELEMENT",
		"[a@1 v=\"\xff\"]":          "is no SD-ELEMENT",
		"[" + long("a", 32) + "@1]": "is no SD-ELEMENT",
		"[]":                        "is no SD-ELEMENT",
		"[-]":                       "the SD-ID at character 1 is none of the registered ones",
		"[a@1][meta]":               "the SD-ID meta at character 6 is the program's own",
		"[a@1][b@1][a@1]":           "the SD-ID at character 11 is there twice",
		"[a]":                       "the SD-ID at character 1 is none of the registered ones",
		"[a@]":                      "is none of the registered ones, and not of the form name@NUMBER",
		"[@1]":                      "not of the form name@NUMBER",
		"[a@1.]":                    "not of the form name@NUMBER",
		"[a@.1]":                    "not of the form name@NUMBER",
		"[a@1@2]":                   "not of the form name@NUMBER",
		"[a@x]":                     "not of the form name@NUMBER",
	} {
		err := Check(data)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v\nwant …%s…", data, err, want)
		}
		if err == nil && data != "" && !Valid([]byte(data)) {
			t.Errorf("%s is fine, and not valid", data)
		}
	}
}

// TestCheckKeepsASecret: a token is not in the error.
func TestCheckKeepsASecret(t *testing.T) {
	for _, data := range []string{"s3cr3t", "[s3cr3t]", "[s3cr3t@1][s3cr3t@1]", `[a@1 t="s3cr3t"`} {
		if err := Check(data); err == nil || strings.Contains(err.Error(), "s3cr3t") {
			t.Errorf("%s: %v", data, err)
		}
	}
}

func TestHas(t *testing.T) {
	data := []byte(`[a@1 v="[b@1"][c@1]`)
	for id, want := range map[string]bool{"a@1": true, "b@1": false, "c@1": true, "": false, "c@": false} {
		if Has(data, []byte(id)) != want {
			t.Error(id)
		}
	}
}

func long(s string, n int) string { return strings.Repeat(s, n) }
