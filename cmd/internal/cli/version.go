package cli

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"strings"
)

// Version, Commit and Date are set at link time, with -X and this package's path. Date is
// the date of the commit, so that two builds of one commit are the same bytes.
var Version, Commit, Date = "0.1.0-dev", "", ""

// RunVersion is the command that prints the version of the program with that name.
func RunVersion(program string) Command {
	return func(_ context.Context, _ []string, stdout, _ io.Writer) int {
		commit, date := Origin()
		words := strings.Fields(program + " " + Version + " " + commit + " " + date)
		words = append(words, runtime.Version(), runtime.GOOS+"/"+runtime.GOARCH)
		fmt.Fprintln(stdout, strings.Join(words, " "))
		return ExitOK
	}
}

// Origin is the commit that the program was built from, and its date: as set at link time, or
// else as the go command has recorded them. Both are empty where neither is known.
func Origin() (of, on string) {
	if Commit != "" {
		return Commit, Date
	}
	const short = 12 // as git abbreviates
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "", ""
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			of = s.Value[:min(short, len(s.Value))]
		case "vcs.time":
			on = s.Value
		}
	}
	return of, on
}
