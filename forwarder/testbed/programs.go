package testbed

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Build builds both programs into a directory, as the tests that call it are built: with the
// race detector and the fault points if they have them.
func Build(dir string) error {
	return build(dir, tags, "httpd-syslog/cmd/httpd_syslog", "httpd-syslog/cmd/httpd_syslogd")
}

// BuildStores builds the program that writes to stores into the directory where the other two are.
func BuildStores(dir string) error {
	return build(filepath.Join(dir, "httpd_syslogd_stores"), append([]string{"stores"}, tags...), "httpd-syslog/cmd/httpd_syslogd")
}

// BuildShipped builds both programs into a directory, without what tests have added.
func BuildShipped(dir string) error {
	return run("build", "-o", dir+string(filepath.Separator), "httpd-syslog/cmd/httpd_syslog", "httpd-syslog/cmd/httpd_syslogd")
}

func build(path string, tags []string, packages ...string) error {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		path += string(filepath.Separator)
	}
	args := []string{"build", "-o", path}
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
