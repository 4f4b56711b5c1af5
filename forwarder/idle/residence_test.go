package idle

import "testing"

func TestCodeMapping(t *testing.T) {
	const inode = 42
	for line, want := range map[string]bool{
		"00400000-00a01000 r-xp 00000000 fe:00 42                  /usr/bin/httpd_syslog":           true,
		"00a01000-01080000 r--p 00601000 fe:00 42                  /usr/bin/httpd_syslog (deleted)": true,
		"01080000-010c0000 rw-p 00c80000 fe:00 42                  /usr/bin/httpd_syslog":           false,
		"00400000-00a01000 r-xp 00000000 fe:00 43                  /usr/lib/libc.so":                false,
		"5580feb96000-5580feb98000 r-xp 00000000 fe:00 42          /usr/bin/httpd_syslog":           true,
		"5580feba1000-5580feba2000 r--p 0000a000 fe:00 42          /usr/bin/httpd_syslog":           false, // relocated
		"c000000000-c000400000 rw-p 00000000 00:00 0":                                               false,
		"ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0   [vsyscall]":                      false,
		"": false,
	} {
		if _, _, got := codeMapping(line, inode); got != want {
			t.Errorf("%q: %v", line, got)
		}
	}
	if from, to, _ := codeMapping("00400000-00a01000 r-xp 00000000 fe:00 42 /x", inode); from != 0x400000 || to != 0xa01000 {
		t.Errorf("%x-%x", from, to)
	}
	LetGoOfCode() // and it goes on
}
