package syslogfmt

import (
	"strings"
	"testing"
)

func TestPRI(t *testing.T) {
	tests := []struct {
		f    Facility
		s    Severity
		want int
	}{
		{Kern, Emerg, 0},       // RFC 5424, 6.2.1: must be sent as "<0>"
		{Local4, Notice, 165},  // RFC 5424, 6.2.1
		{Auth, Crit, 34},       // RFC 5424, 6.5, example 1
		{Local7, Debug, 191},   // the highest
		{Facility(24), 0, 184}, // out of range: Local7
		{Kern, Severity(8), 7}, // out of range: Debug
	}
	for _, tt := range tests {
		if got := PRI(tt.f, tt.s); got != tt.want {
			t.Errorf("PRI(%v, %v) = %d, want %d", tt.f, tt.s, got, tt.want)
		}
	}
}

func TestKeywordsRoundTrip(t *testing.T) {
	for f := Kern; f <= Local7; f++ {
		for _, name := range []string{f.String(), strings.ToUpper(f.String())} {
			if got, err := ParseFacility(name); err != nil || got != f {
				t.Errorf("ParseFacility(%q) = %v, %v", name, got, err)
			}
		}
	}
	for s := Emerg; s <= Debug; s++ {
		if got, err := ParseSeverity(s.String()); err != nil || got != s {
			t.Errorf("ParseSeverity(%q) = %v, %v", s, got, err)
		}
	}
	if Local1.String() != "local1" || Local1 != 17 || Notice.String() != "notice" || Notice != 5 {
		t.Error("local1 is facility 17, notice severity 5")
	}
}

func TestKeywordAliases(t *testing.T) {
	for name, want := range map[string]Severity{"error": Err, "warn": Warning, "panic": Emerg, "WARN": Warning} {
		if got, err := ParseSeverity(name); err != nil || got != want {
			t.Errorf("ParseSeverity(%q) = %v, %v, want %v", name, got, err, want)
		}
	}
	if got, err := ParseFacility("security"); err != nil || got != Auth {
		t.Errorf("ParseFacility(security) = %v, %v", got, err)
	}
}

func TestUnknownKeywords(t *testing.T) {
	for _, name := range []string{"", "local8", "none", "*", "17"} {
		if _, err := ParseFacility(name); err == nil {
			t.Errorf("ParseFacility(%q): no error", name)
		}
		if _, err := ParseSeverity(name); err == nil {
			t.Errorf("ParseSeverity(%q): no error", name)
		}
	}
	if got := Facility(99).String() + " " + Severity(9).String(); got != "facility(99) severity(9)" {
		t.Errorf("out of range: %q", got)
	}
}
