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
	var args []string
	if Raced {
		args = append(args, "-race")
	}
	if len(tags) > 0 {
		args = append(args, "-tags", strings.Join(tags, ","))
	}
	return build(dir, args...)
}

// BuildShipped builds both programs into a directory, without what tests have added.
func BuildShipped(dir string) error { return build(dir) }

func build(dir string, options ...string) error {
	args := append([]string{"build", "-o", dir + string(filepath.Separator)}, options...)
	build := exec.Command("go", append(args, "httpd-syslog/cmd/httpd_syslog", "httpd-syslog/cmd/httpd_syslogd")...)
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		return fmt.Errorf("build the programs: %w", err)
	}
	return nil
}
