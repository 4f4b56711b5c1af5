// Package cli is what the two programs have in common: options, settings, exit statuses,
// and how they speak to people.
//
// Messages on standard error begin with "httpd_syslog: ", then what was done,
// the value in quotes, and what is wrong; a second line may follow as
// "httpd_syslog: hint: …".
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"

	"golang.org/x/sys/unix"

	"httpd-syslog/forwarder/intake"
)

// Exit statuses.
const (
	ExitOK     = 0
	ExitLost   = intake.ExitLost // lines were lost, or a check found something
	ExitUsage  = 2
	ExitUnable = 3 // the configuration does not load, or is not for this state directory
)

// Command is a command of one of the programs: it returns the exit status.
type Command func(ctx context.Context, args []string, stdout, stderr io.Writer) int

// OneProcessor keeps this process, which runs beside the web server, to one processor at a
// time. It is for processes that were not started with GOMAXPROCS set, as intakes and
// deliverers are.
func OneProcessor() {
	if os.Getenv("GOMAXPROCS") == "" {
		runtime.GOMAXPROCS(1)
	}
}

// TakeName gives a process that was started as /proc/self/exe, and would be called "exe"
// in ps and top, its name.
func TakeName(name string) {
	_ = os.WriteFile("/proc/self/comm", []byte(name), 0) // the name is for people alone
}

// Complain writes an error, each of its lines as a message of its own.
func Complain(w io.Writer, err error) {
	for line := range strings.SplitSeq(err.Error(), "\n") {
		fmt.Fprintf(w, "httpd_syslog: %s\n", line)
	}
	var h Hinter
	if errors.As(err, &h) {
		fmt.Fprintf(w, "httpd_syslog: hint: %s\n", h.Hint())
	}
}

// Hinter is an error whose Hint says what a person can do about it.
type Hinter interface{ Hint() string }

// Plural is a number of things.
func Plural(n uint64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// IsTerminal reports whether f is a terminal.
func IsTerminal(f *os.File) bool {
	_, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS)
	return err == nil
}
