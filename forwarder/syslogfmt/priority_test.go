package syslogfmt

import "testing"

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

func TestKeywords(t *testing.T) {
	if Local1.String() != "local1" || Local1 != 17 || Notice.String() != "notice" || Notice != 5 {
		t.Error("local1 is facility 17, notice severity 5")
	}
	if got := Facility(99).String() + " " + Severity(9).String(); got != "facility(99) severity(9)" {
		t.Errorf("out of range: %q", got)
	}
}
