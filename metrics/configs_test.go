package metrics

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const (
	alertsPath    = "../configs/prometheus/mmt-alerts.yml"
	scrapePath    = "../configs/prometheus/prometheus.yml"
	dashboardPath = "../configs/grafana/mmt-probe.json"
)

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// promtool runs the checker of Prometheus.
func promtool(t *testing.T, args ...string) {
	t.Helper()
	path, err := exec.LookPath("promtool")
	if err != nil {
		t.Skip("promtool is not installed (Debian package prometheus)")
	}
	if out, err := exec.Command(path, args...).CombinedOutput(); err != nil {
		t.Errorf("promtool %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

func TestAlertRules(t *testing.T) {
	promtool(t, "check", "rules", alertsPath)
	promtool(t, "check", "config", scrapePath)
}

// TestAlertsGoOff sets each alert off, and none while all is well.
func TestAlertsGoOff(t *testing.T) {
	alerts, err := filepath.Abs(alertsPath)
	if err != nil {
		t.Fatal(err)
	}
	cases := read(t, "testdata/alerts_test.yml")
	for _, alert := range regexp.MustCompile(`alert: (\w+)`).FindAllStringSubmatch(read(t, alertsPath), -1) {
		if !strings.Contains(cases, `alertname="`+alert[1]+`"`) {
			t.Errorf("nothing sets %s off", alert[1])
		}
	}
	path := filepath.Join(t.TempDir(), "test.yml")
	if err := os.WriteFile(path, []byte(strings.Replace(cases, "- FILE", "- "+alerts, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	promtool(t, "test", "rules", path)
}

// known are the names of all metrics that a probe serves.
func known(t *testing.T) map[string]bool {
	t.Helper()
	all, err := NewRegistry(source{&full}).Gather()
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, f := range all {
		names[f.GetName()] = true
	}
	return names
}

// metricWord is what a metric of a probe, its process or its runtime looks like.
var metricWord = regexp.MustCompile(`\b(mmt|process|go)_[a-z_]+`)

func TestAlertsNameMetricsThatExist(t *testing.T) {
	names := known(t)
	for _, text := range []string{read(t, alertsPath), read(t, "testdata/alerts_test.yml")} {
		for _, name := range metricWord.FindAllString(text, -1) {
			if !names[name] {
				t.Errorf("there is no metric %s", name)
			}
		}
	}
}

// dashboard is what the tests look at of the Grafana dashboard.
type dashboard struct {
	UID, Title string
	Panels     []struct {
		ID      int
		Type    string
		Title   string
		GridPos struct{ H, W, X, Y int }
		Targets []struct{ Expr string }
	}
	Templating struct {
		List []struct {
			Name  string
			Query any
		}
	}
}

func readDashboard(t *testing.T) *dashboard {
	t.Helper()
	var d dashboard
	if err := json.Unmarshal([]byte(read(t, dashboardPath)), &d); err != nil {
		t.Fatal(err)
	}
	if d.UID == "" || d.Title == "" || len(d.Panels) == 0 {
		t.Fatalf("not a dashboard: %+v", d)
	}
	return &d
}

// expressions returns all that the dashboard asks Prometheus.
func (d *dashboard) expressions() (list []string) {
	for _, p := range d.Panels {
		for _, target := range p.Targets {
			list = append(list, target.Expr)
		}
	}
	return list
}

// TestDashboard: it shows every metric of the probe, and none that does not
// exist; no panel hides another.
func TestDashboard(t *testing.T) {
	d := readDashboard(t)
	shown := map[string]bool{}
	for _, name := range metricWord.FindAllString(strings.Join(d.expressions(), "\n")+fmt.Sprint(d.Templating.List), -1) {
		shown[name] = true
	}
	names := known(t)
	for name := range shown {
		if !names[name] {
			t.Errorf("there is no metric %s", name)
		}
	}
	for _, f := range families {
		if !shown[f.name] {
			t.Errorf("%s is not shown", f.name)
		}
	}
	ids := map[int]bool{}
	cells := map[[2]int]string{}
	for _, p := range d.Panels {
		if ids[p.ID] || p.Title == "" || p.Type != "row" && len(p.Targets) == 0 {
			t.Errorf("panel %d %q: the id is taken, or it has no title or target", p.ID, p.Title)
		}
		ids[p.ID] = true
		for x := p.GridPos.X; x < p.GridPos.X+p.GridPos.W; x++ {
			for y := p.GridPos.Y; y < p.GridPos.Y+p.GridPos.H; y++ {
				if other := cells[[2]int{x, y}]; other != "" || x >= 24 {
					t.Fatalf("panel %q hides %q, or is too wide", p.Title, other)
				}
				cells[[2]int{x, y}] = p.Title
			}
		}
	}
}

// TestDashboardAsksWell has promtool parse what the dashboard asks, as rules.
func TestDashboardAsksWell(t *testing.T) {
	variables := strings.NewReplacer("$__rate_interval", "1m", "$__range", "1h", "$job", "a", "$instance", "b")
	rules := []any{}
	for i, expr := range readDashboard(t).expressions() {
		rules = append(rules, map[string]string{"record": fmt.Sprintf("panel:expression:%d", i), "expr": variables.Replace(expr)})
	}
	text, err := json.Marshal(map[string]any{"groups": []any{map[string]any{"name": "dashboard", "rules": rules}}})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "rules.yml") // JSON is YAML
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	promtool(t, "check", "rules", path)
}
