package main

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"strings"
)

// version, commit and date are set at link time (-X main.version=…). date is that
// of the commit, so that two builds of it are the same bytes.
var version, commit, date = "0.1.0-dev", "", ""

func runVersion(_ context.Context, _ []string, stdout, _ io.Writer) int {
	commit, date := origin()
	words := strings.Fields("httpd_syslog " + version + " " + commit + " " + date)
	words = append(words, runtime.Version(), runtime.GOOS+"/"+runtime.GOARCH)
	fmt.Fprintln(stdout, strings.Join(words, " "))
	return exitOK
}

// origin is the commit that the program was built from, and its date. Where
// nothing was set at link time it is what the go command has found; both are
// empty where that knows nothing either.
func origin() (of, on string) {
	if commit != "" {
		return commit, date
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
