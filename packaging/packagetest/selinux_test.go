package packagetest

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"httpd-syslog/forwarder/testbed"
)

// The domains of the policy module.
const (
	intakeDomain  = "httpd_syslog_intake_t"
	serviceDomain = "httpd_syslog_t"
)

// newPolicy is a copy of Debian's policy, with the module of the RPM in it.
func newPolicy(t *testing.T) (rules, contexts string) {
	t.Helper()
	store := filepath.Join(t.TempDir(), "store")
	if err := os.CopyFS(store, os.DirFS(cached(t, "selinux"))); err != nil {
		t.Fatal(err)
	}
	root := t.TempDir()
	run(t, command(t, "rpm", "--root", root, "--nodeps", "--noscripts", "--install", packages(t, version).rpm))
	module := filepath.Join(root, "usr/share/selinux/packages/httpd_syslog/httpd_syslog.pp")
	run(t, command(t, "semodule", "-n", "-p", store, "-s", "default", "-i", module))
	return one(t, filepath.Join(store, "etc/selinux/default/policy/policy.*")),
		filepath.Join(store, "etc/selinux/default/contexts/files/file_contexts")
}

// TestSELinux: the module of the RPM goes into the reference policy, and what comes
// of it is what is promised.
func TestSELinux(t *testing.T) {
	t.Parallel()
	testbed.NeedRoot(t)
	policy, contexts := newPolicy(t)
	t.Run("transitions", func(t *testing.T) { testTransitions(t, policy) })
	t.Run("allowed", func(t *testing.T) { testAllowed(t, policy) })
	t.Run("forbidden", func(t *testing.T) { testForbidden(t, policy) })
	t.Run("contexts", func(t *testing.T) { testContexts(t, contexts) })
}

// search asks for the rules of a policy, attributes taken apart.
func search(t *testing.T, policy string, args ...string) string {
	t.Helper()
	out, err := exec.Command(testbed.Need(t, "sesearch"), append(args, policy)...).Output()
	if err != nil {
		t.Fatalf("sesearch %v: %v", args, err)
	}
	return string(out)
}

func testTransitions(t *testing.T, policy string) {
	for starter, domain := range map[string]string{"httpd_t": intakeDomain, "init_t": serviceDomain} {
		rule := search(t, policy, "-T", "-s", starter, "-t", "httpd_syslog_exec_t", "-c", "process")
		if want := "type_transition " + starter + " httpd_syslog_exec_t:process " + domain + ";"; !strings.Contains(rule, want) {
			t.Errorf("%q, want %q", rule, want)
		}
		if !permits(search(t, policy, "-A", "-s", starter, "-t", domain, "-c", "process"), "transition") {
			t.Errorf("%s may not become %s", starter, domain)
		}
	}
}

// permits reports whether any of the rules has a permission.
func permits(rules, permission string) bool {
	return regexp.MustCompile(`:[^;]*[ :{]` + permission + `[ ;]`).MatchString(rules)
}

func testAllowed(t *testing.T, policy string) {
	for _, c := range []struct{ domain, target, class, permission string }{
		{intakeDomain, "httpd_syslog_spool_t", "file", "append"},
		{intakeDomain, "httpd_syslog_spool_t", "file", "create"},
		{intakeDomain, "httpd_syslog_conf_t", "file", "read"},
		{intakeDomain, "httpd_t", "fifo_file", "read"},
		{serviceDomain, "httpd_syslog_spool_t", "file", "unlink"},
		{serviceDomain, "httpd_syslog_log_t", "file", "rename"},
		{serviceDomain, "syslog_tls_port_t", "tcp_socket", "name_connect"},
		{serviceDomain, "unreserved_port_t", "tcp_socket", "name_bind"},
		{"httpd_t", "httpd_syslog_var_run_t", "sock_file", "write"},
	} {
		if rules := search(t, policy, "-A", "-s", c.domain, "-t", c.target, "-c", c.class); !permits(rules, c.permission) {
			t.Errorf("%+v is not allowed:\n%s", c, rules)
		}
	}
	other := search(t, policy, "-A", "-s", serviceDomain, "-t", "http_port_t", "-c", "tcp_socket", "-p", "name_connect")
	if !strings.Contains(other, "[ httpd_syslog_connect_any ]:True") || strings.Count(other, "\n") != 1 {
		t.Errorf("connections to other ports are not the boolean's alone: %q", other)
	}
}

// testForbidden: the intake adds to its spool, and no more.
func testForbidden(t *testing.T, policy string) {
	for _, target := range []string{
		"httpd_syslog_spool_t", "httpd_syslog_var_lib_t", "httpd_syslog_log_t", "httpd_syslog_conf_t", "httpd_log_t", "etc_t", "var_lib_t",
	} {
		rules := search(t, policy, "-A", "-s", intakeDomain, "-t", target, "-c", "file,dir")
		for _, permission := range []string{"unlink", "rename", "link", "setattr", "remove_name", "rmdir", "relabelto"} {
			if permits(rules, permission) {
				t.Errorf("the intake has %s:\n%s", permission, rules)
			}
		}
		for rule := range strings.Lines(rules) {
			if strings.Contains(rule, ":file ") && permits(rule, "write") {
				t.Errorf("the intake may overwrite: %s", rule)
			}
		}
	}
	sockets := search(t, policy, "-A", "-s", intakeDomain, "-c", "tcp_socket,udp_socket,rawip_socket,packet_socket,netlink_route_socket")
	if permits(sockets, "create") {
		t.Errorf("the intake has a network:\n%s", sockets)
	}
}

func testContexts(t *testing.T, contexts string) {
	for path, want := range map[string]string{
		"/usr/bin/httpd_syslog":                           "httpd_syslog_exec_t",
		"/usr/libexec/httpd-syslog/httpd_syslogd":         "httpd_syslog_exec_t",
		"/usr/libexec/httpd-syslog/httpd_syslogd_stores":  "httpd_syslog_exec_t",
		"/etc/httpd-syslog/httpd_syslog.toml":             "httpd_syslog_conf_t",
		"/var/lib/httpd-syslog/cursors/local":             "httpd_syslog_var_lib_t",
		"/var/lib/httpd-syslog/spool":                     "httpd_syslog_spool_t",
		"/var/lib/httpd-syslog/by-flags/0123/spool/4.seg": "httpd_syslog_spool_t",
		"/var/log/httpd-syslog/access_log":                "httpd_syslog_log_t",
		"/run/httpd-syslog/log":                           "httpd_syslog_var_run_t",
	} {
		if got := run(t, command(t, "matchpathcon", "-n", "-f", contexts, path)); !strings.Contains(got, ":"+want+":") {
			t.Errorf("%s: %q, want %s", path, got, want)
		}
	}
}
