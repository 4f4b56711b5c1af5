package testbed

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// BuiltIn is the variable of the environment with the directory where Build has built before: who begins a
// package's tests a hundred times has its programs linked once.
const BuiltIn = "HTTPD_SYSLOG_TEST_PROGRAMS"

// Build builds both programs into a directory, as the tests that call it are built: with the
// race detector and the fault points if they have them. It takes those of BuiltIn, if that names a directory.
func Build(dir string) error {
	if built := os.Getenv(BuiltIn); built != "" {
		return link(built, dir, "httpd_syslog", "httpd_syslogd")
	}
	return build(dir, tags, "httpd-syslog/cmd/httpd_syslog", "httpd-syslog/cmd/httpd_syslogd")
}

// link has files of one directory in another.
func link(from, to string, names ...string) error {
	for _, name := range names {
		if err := os.Link(filepath.Join(from, name), filepath.Join(to, name)); err != nil {
			return err
		}
	}
	return nil
}

// BuildStores builds the program that writes to stores into the directory where the other two are.
func BuildStores(dir string) error {
	return build(filepath.Join(dir, "httpd_syslogd_stores"), append([]string{"stores"}, tags...), "httpd-syslog/cmd/httpd_syslogd")
}

// BuildShipped builds both programs into a directory, without what tests have added.
func BuildShipped(dir string) error {
	return run("build", "-ldflags=-s -w", "-o", dir+string(filepath.Separator), "httpd-syslog/cmd/httpd_syslog", "httpd-syslog/cmd/httpd_syslogd")
}

func build(path string, tags []string, packages ...string) error {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		path += string(filepath.Separator)
	}
	args := []string{"build", "-ldflags=-w", "-o", path}
	if Raced {
		args = append(args, "-race")
	}
	if len(tags) > 0 {
		args = append(args, "-tags", strings.Join(tags, ","))
	}
	return run(append(args, packages...)...)
}

// run runs the go command.
func run(args ...string) error {
	command := exec.Command("go", args...)
	command.Stderr = os.Stderr
	if err := command.Run(); err != nil {
		return fmt.Errorf("build the programs: %w", err)
	}
	return nil
}
