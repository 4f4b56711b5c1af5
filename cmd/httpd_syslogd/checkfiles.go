package main

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"httpd-syslog/cmd/internal/cli"
	"httpd-syslog/forwarder"
	"httpd-syslog/rotate"
)

// checkFiles tells which files of the local log could not be written. The others would be, and the
// lines of these would wait in the spool.
func checkFiles(s *settings, stderr io.Writer) bool {
	good := true
	for _, path := range localFiles(s) {
		if err := rotate.Check(path); err != nil {
			cli.Complain(stderr, fmt.Errorf("local log: %w; its lines will wait in the spool until that is mended", err))
			good = false
		}
	}
	return good
}

// localFiles are those of all streams; of a stream with a file for each virtual host those that are
// there, and that of other hosts.
func localFiles(s *settings) []string {
	names := []string{forwarder.AuditFile}
	for _, st := range s.Streams {
		names = append(names, st.File)
	}
	var paths []string
	for _, name := range names {
		path := filepath.Join(s.Log.Dir, name)
		before, after, byHost := strings.Cut(path, forwarder.HostPlace)
		if !byHost {
			paths = append(paths, path)
			continue
		}
		there, _ := filepath.Glob(before + "*" + after) // the pattern is one
		paths = append(append(paths, there...), before+forwarder.OtherHosts+after)
	}
	return paths
}
