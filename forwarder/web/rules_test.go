package web

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"httpd-syslog/forwarder/testbed"
)

const rulesDir = "../../packaging/prometheus"

// dashboards are that of web servers, and that of a central server.
var dashboards = []string{"../../packaging/grafana/httpd_syslog.json", "../../packaging/grafana/httpd_syslog_central.json"}

func TestPromtoolLikesTheRules(t *testing.T) {
	promtool := testbed.Need(t, "promtool")
	for _, args := range [][]string{{"check", "rules", "httpd_syslog.rules.yml"}, {"test", "rules", "httpd_syslog.rules.test.yml"}} {
		cmd := exec.Command(promtool, args...)
		cmd.Dir = rulesDir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("promtool %s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
}

// TestEveryAlertIsTested holds that each one fires in a test, and says what to do.
func TestEveryAlertIsTested(t *testing.T) {
	rules, tests := readFile(t, rulesDir+"/httpd_syslog.rules.yml"), readFile(t, rulesDir+"/httpd_syslog.rules.test.yml")
	alerts := regexp.MustCompile(`(?m)^      - alert: (\S+)$`).FindAllStringSubmatch(rules, -1)
	if len(alerts) < 10 {
		t.Fatalf("only %d alerts", len(alerts))
	}
	for _, a := range alerts {
		if !regexp.MustCompile(`alertname: ` + a[1] + `\n +exp_alerts:`).MatchString(tests) {
			t.Errorf("no test has %s fire", a[1])
		}
	}
	for _, part := range []string{"summary: ", "description: ", "severity: "} {
		if n := strings.Count(rules, "\n          "+part); n != len(alerts) {
			t.Errorf("%d alerts have %d times %q", len(alerts), n, part)
		}
	}
}

// TestMetricsInUseExist holds rules and dashboard to the metrics that there are.
func TestMetricsInUseExist(t *testing.T) {
	known := metricNames(t)
	for _, file := range append([]string{rulesDir + "/httpd_syslog.rules.yml", rulesDir + "/httpd_syslog.rules.test.yml"}, dashboards...) {
		used := regexp.MustCompile(`\bhttpd_syslog_[a-z_]+`).FindAllString(readFile(t, file), -1)
		if len(used) < 10 {
			t.Errorf("%s uses only %d metrics", file, len(used))
		}
		for _, name := range used {
			if !known[name] {
				t.Errorf("%s: there is no metric %s", file, name)
			}
		}
	}
}

// grafana is what matters of a dashboard.
type grafana struct {
	UID        string
	Templating struct {
		List []struct{ Name, Query any }
	}
	Panels []struct {
		ID         int
		Title      string
		Datasource source
		GridPos    struct{ W, X int }
		Targets    []struct {
			Datasource source
			Expr       string
		}
	}
}

type source struct{ Type, UID string }

func readDashboard(t *testing.T, file string) (d grafana) {
	t.Helper()
	if err := json.Unmarshal([]byte(readFile(t, file)), &d); err != nil {
		t.Fatal(err)
	}
	return d
}

// TestDashboard holds that it can be imported: its own panels, from the data source
// and the web servers that are chosen.
func TestDashboard(t *testing.T) {
	uids := make(map[string]bool)
	for _, file := range dashboards {
		d := readDashboard(t, file)
		importable(t, d)
		uids[d.UID] = true
	}
	if len(uids) != len(dashboards) {
		t.Errorf("one would replace the other: %v", uids)
	}
}

func importable(t *testing.T, d grafana) {
	t.Helper()
	if d.UID == "" || len(d.Panels) < 10 || len(d.Templating.List) == 0 || d.Templating.List[0].Name != "datasource" || d.Templating.List[0].Query != "prometheus" {
		t.Errorf("%+v", d)
	}
	ids := make(map[int]bool)
	want := source{"prometheus", "${datasource}"}
	for _, p := range d.Panels {
		if ids[p.ID] || p.Title == "" || p.GridPos.X+p.GridPos.W > 24 || p.Datasource != want || len(p.Targets) == 0 {
			t.Errorf("panel %+v", p)
		}
		ids[p.ID] = true
		for _, q := range p.Targets {
			if q.Datasource != want || !strings.Contains(q.Expr, "httpd_syslog_") || !strings.Contains(q.Expr, `{instance=~"$instance"}`) {
				t.Errorf("panel %q: %+v", p.Title, q)
			}
		}
	}
}

// TestPromtoolLikesTheDashboard has its queries parsed, as if they were rules.
func TestPromtoolLikesTheDashboard(t *testing.T) {
	promtool := testbed.Need(t, "promtool")
	var rules strings.Builder
	rules.WriteString("groups:\n- name: dashboard\n  rules:\n")
	chosen := strings.NewReplacer("$__rate_interval", "1m", "$__range", "3h", "$instance", ".*")
	for n, file := range dashboards {
		for _, p := range readDashboard(t, file).Panels {
			for i, q := range p.Targets {
				fmt.Fprintf(&rules, "  - record: panel:%d:%d:%d\n    expr: %s\n", n, p.ID, i, chosen.Replace(q.Expr))
			}
		}
	}
	file := filepath.Join(t.TempDir(), "rules.yml")
	if err := os.WriteFile(file, []byte(rules.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(promtool, "check", "rules", file).CombinedOutput(); err != nil {
		t.Errorf("promtool check rules: %v\n%s\n%s", err, out, &rules)
	}
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
