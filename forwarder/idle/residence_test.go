package idle

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"httpd-syslog/forwarder/testbed"
)

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

// TestLetGoOfCode: pages of the program's own file that nothing has used lately are not in memory any more.
func TestLetGoOfCode(t *testing.T) {
	var size, before, after int
	for range 3 { // code that runs comes back, with what lies around it
		size, before = resident(t, true)
		LetGoOfCode()
		if _, after = resident(t, false); after < before*9/10 {
			break
		}
	}
	if t.Logf("%d kB of %d are resident, before %d", after, size, before); after >= before*9/10 {
		t.Error("they stay")
	}
}

// resident is how many kB of the program's own file, as code and constants, are mapped and in memory. use: all of it is used before.
func resident(t *testing.T, use bool) (size, kB int) {
	t.Helper()
	maps, err := os.ReadFile("/proc/self/smaps")
	if err != nil {
		t.Fatal(err)
	}
	var exe unix.Stat_t
	if err := unix.Stat("/proc/self/exe", &exe); err != nil {
		t.Fatal(err)
	}
	ours := false
	for line := range strings.Lines(string(maps)) {
		if from, to, ok := codeMapping(line, exe.Ino); ok {
			ours = true
			if use {
				_, _, errno := unix.Syscall(unix.SYS_MADVISE, from, to-from, unix.MADV_POPULATE_READ)
				if errno != 0 {
					testbed.Lacking(t, "pages cannot be populated: %v", errno)
				}
			}
		} else if strings.Contains(line, "-") && !strings.Contains(line, ":  ") && len(strings.Fields(line)) >= 5 {
			ours = false
		}
		var n int
		if _, err := fmt.Sscanf(line, "Size: %d kB", &n); err == nil && ours {
			size += n
		}
		if _, err := fmt.Sscanf(line, "Rss: %d kB", &n); err == nil && ours {
			kB += n
		}
	}
	if use {
		_, kB = resident(t, false)
	}
	return size, kB
}
