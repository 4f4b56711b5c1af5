package measure

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"

	"golang.org/x/sys/unix"
)

// Machine names what the figures were taken on.
func Machine(program string) string {
	var u unix.Utsname
	unix.Uname(&u) // cannot fail
	cpuinfo, _ := os.ReadFile("/proc/cpuinfo")
	release, _ := os.ReadFile("/etc/os-release")
	return fmt.Sprintf("%s, %d cores, Linux %s, %s; %s", value(string(cpuinfo), "model name", ":"), runtime.NumCPU(),
		unix.ByteSliceToString(u.Release[:]), value(string(release), "PRETTY_NAME", "="), versions(program))
}

// value is that of the first line of text that starts with key and separator.
func value(text, key, separator string) string {
	for line := range strings.Lines(text) {
		k, v, ok := strings.Cut(line, separator)
		if ok && strings.TrimSpace(k) == key {
			return strings.Trim(strings.TrimSpace(v), `"`)
		}
	}
	return "unknown " + key
}

// versions are the first lines of what the programs say.
func versions(program string) string {
	var v []string
	for _, argv := range [][]string{{program, "version"}, {"rsyslogd", "-v"}, {"logger", "--version"}, {"perl", "-e", "print qq(perl $^V)"}} {
		out, err := exec.Command(argv[0], argv[1:]...).Output()
		if err == nil {
			first, _, _ := strings.Cut(string(out), "\n")
			first, _, _ = strings.Cut(first, " (")
			v = append(v, strings.Join(strings.Fields(first), " "))
		}
	}
	return strings.Join(v, "; ")
}
