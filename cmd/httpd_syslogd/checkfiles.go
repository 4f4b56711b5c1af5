package main

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"httpd-syslog/cmd/internal/cli"
	"httpd-syslog/forwarder/locallog/vhost"
	"httpd-syslog/forwarder/stream"
	"httpd-syslog/rotate"
)

// checkFiles tells which files of the local log cannot be written, and reports whether all can.
// One such file holds up no other: its lines wait in the spool.
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

// localFiles are the files of all streams, as paths. Of a stream with a file for each virtual host
// they are the files that exist, and the file for hosts that cannot have one.
func localFiles(s *settings) []string {
	names := []string{stream.AuditFile}
	for _, st := range s.Streams {
		names = append(names, st.File)
	}
	var paths []string
	for _, name := range names {
		path := filepath.Join(s.Log.Dir, name)
		before, after, byHost := strings.Cut(path, vhost.Place)
		if !byHost {
			paths = append(paths, path)
			continue
		}
		there, _ := filepath.Glob(before + "*" + after) // the pattern is one
		paths = append(append(paths, there...), before+vhost.Other+after)
	}
	return paths
}
