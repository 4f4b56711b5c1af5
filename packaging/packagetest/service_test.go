package packagetest

import (
	_ "embed"
	"strings"
	"testing"
)

//go:embed testdata/service.sh
var serviceScript string

// TestServiceUnderSystemd installs the deb in a Debian with a systemd, and does there what
// an administrator does with it, and what befalls it: see testdata/service.sh, which
// prints one figure a line. Every line that Apache has logged to a file of its own is to
// be in the local log once, and at the receiver.
func TestServiceUnderSystemd(t *testing.T) {
	r := newRoot(t, map[string]string{
		"first.deb": packages(t, version).deb, "later.deb": packages(t, laterVersion).deb,
	})
	out := r.boot(t, serviceScript)
	t.Logf("\n%s", out)
	got := figures(out)
	for name, want := range map[string]string{
		"after install: service":                "active",
		"after install: socket":                 "active",
		"after install: user":                   "httpd-syslog",
		"after install: modes":                  "640 root:httpd-syslog 750 httpd-syslog:httpd-syslog 750 httpd-syslog:httpd-syslog",
		"after install: systemctl status":       "yes",
		"after install: owner of the intakes":   "httpd-syslog",
		"requests: missing in the local log":    "0",
		"requests: extra in the local log":      "0",
		"requests: missing at the receiver":     "0",
		"requests: repeated at the receiver":    "0",
		"requests: error lines":                 "yes",
		"reload of apache2: missing":            "0",
		"reload of apache2: extra":              "0",
		"stop of apache2: missing":              "0",
		"stop of apache2: extra":                "0",
		"stop of apache2: missing at receiver":  "0",
		"stop of apache2: processes left":       "0",
		"kill -9 of the service: restarted":     "yes",
		"kill -9 of the service: missing":       "0",
		"kill -9 of the service: extra":         "0",
		"kill -9 of the service: at receiver":   "0",
		"watchdog: restarted":                   "yes",
		"watchdog: missing":                     "0",
		"watchdog: extra":                       "0",
		"companion: in the local file":          "1",
		"companion: at the receiver":            "1",
		"companion: while the service was down": "1",
		"rsyslog: in the local file":            "1",
		"rsyslog: in syslog and messages":       "0",
		"upgrade: version":                      "later",
		"upgrade: missing":                      "0",
		"upgrade: extra":                        "0",
		"upgrade: missing at receiver":          "0",
		"status as a member of the group":       "yes",
		"status as somebody else":               "3",
		"remove: service":                       "inactive",
		"remove: logs":                          "kept",
		"purge: state and configuration":        "gone",
		"purge: logs":                           "kept",
	} {
		if got[name] != want {
			t.Errorf("%s: %q, want %q", name, got[name], want)
		}
	}
}

// figures are the lines "= NAME: VALUE"; a name may have a colon.
func figures(out string) map[string]string {
	all := make(map[string]string)
	for line := range strings.Lines(out) {
		if line, ok := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "= "); ok {
			if at := strings.LastIndex(line, ": "); at > 0 {
				all[line[:at]] = line[at+2:]
			}
		}
	}
	return all
}
