package testbed

import (
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

// InNamespace runs the calling test once more, in a network namespace of its own, which has
// nothing but a loopback interface. It reports whether this is the test in there.
func InNamespace(t *testing.T) bool {
	t.Helper()
	const mark = "HTTPD_SYSLOG_TEST_IN_NAMESPACE"
	if os.Getenv(mark) == t.Name() {
		Run(t, "ip", "link", "set", "lo", "up")
		return true
	}
	for _, args := range [][]string{{"unshare", "-n", "true"}, {"ip", "-V"}, {"nft", "-v"}} {
		if out, err := exec.Command(args[0], args[1:]...).CombinedOutput(); err != nil {
			Lacking(t, "%s: %v %s", strings.Join(args, " "), err, out)
		}
	}
	this := "^" + strings.ReplaceAll(regexp.QuoteMeta(t.Name()), "/", "$/^") + "$"
	cmd := exec.Command("unshare", "-n", os.Args[0], "-test.run="+this, "-test.v", "-test.timeout=5m")
	cmd.Env = append(os.Environ(), mark+"="+t.Name())
	out, err := cmd.CombinedOutput()
	t.Logf("in a network namespace:\n%s", out)
	if err != nil {
		t.Error(err)
	}
	return false
}

// CutOff drops every packet of the namespace without a word, until Heal.
func CutOff(t *testing.T) {
	t.Helper()
	Run(t, "nft", "add table inet cut; add chain inet cut in { type filter hook input priority 0; policy drop; }")
}

// Heal ends CutOff.
func Heal(t *testing.T) {
	t.Helper()
	Run(t, "nft", "delete table inet cut")
}

// Run runs a command, which must succeed.
func Run(t *testing.T, name string, args ...string) {
	t.Helper()
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
}
