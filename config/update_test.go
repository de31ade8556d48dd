package config

import (
	"strings"
	"testing"
)

const updatable = `stats-period = 5
input { mode = ONLINE source = "eth0" }
redis-output { password = "secret" }
event-report one { event = ip.src attributes = {ip.dst} }
`

func updatableConfig(t *testing.T) *Config {
	t.Helper()
	c, err := Parse("a.conf", []byte(updatable))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestUpdate(t *testing.T) {
	c := updatableConfig(t)
	next, changes, err := c.Update([]string{
		`input.source="eth1"`, "stats-period=7", "event-report.one.enable=true", "redis-output.password=other", "thread-nb=1", "session-report.enable=false",
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []Change{
		{"stats-period", "5", "7", true},
		{"input.source", `"eth0"`, `"eth1"`, false},
		{"redis-output.password", stars, stars, true},
		{"event-report.one.enable", "false", "true", true},
	}
	if len(changes) != len(want) {
		t.Fatalf("changes %v, want %v", changes, want)
	}
	for i := range want {
		if changes[i] != want[i] {
			t.Errorf("change %v, want %v", changes[i], want[i])
		}
	}
	if next.Input.Source != "eth1" || !next.EventReports[0].Enable || next.RedisOutput.Password != "other" {
		t.Errorf("the update is not in %+v", next)
	}
	if c.Input.Source != "eth0" || c.StatsPeriod.Seconds() != 5 || c.EventReports[0].Enable || c.Where("event-report.one.enable") != (Pos{}) {
		t.Error("the update changed the configuration that it began with")
	}
}

func TestBadUpdates(t *testing.T) {
	c := updatableConfig(t)
	for setting, want := range map[string]string{
		"stat-period=5":                  `update stat-period=5: unknown option "stat-period" (did you mean "stats-period"?)`,
		"stats-period=often":             `update stats-period=often: stats-period: "often" is not a number of seconds`,
		"stats-period":                   "is not a setting",
		"event-report.two.enable=true":   `no event-report "two"`,
		"dynamic-config.enable=true":     "dynamic-config.enable cannot change while the program runs",
		"redis-output.hostname=":         "", // not enabled: nothing is missing
		"session-report.stream=true":     "", // likewise
		"loglevel=7":                     "loglevel cannot change while the program runs",
		"input.source=":                  "input.source is not set",
		"reconstruct-data.http.enable=1": "is not true or false",
	} {
		_, _, err := c.Update([]string{setting})
		switch {
		case want == "" && err != nil:
			t.Errorf("%s: %v", setting, err)
		case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
			t.Errorf("%s: error %v, want %q", setting, err, want)
		}
	}
}

// TestValuesCanBeSet: each line that shows an option, but for secrets, is a setting
// that changes nothing.
func TestValuesCanBeSet(t *testing.T) {
	c := updatableConfig(t)
	var settings []string
	for _, v := range c.Values() {
		if v.Name == "redis-output.password" {
			if v.Value != stars {
				t.Errorf("the password is shown: %s", v.Value)
			}
			continue
		}
		if v.Name == "socket-output.port" {
			continue // 0 stands for a port that was not said
		}
		settings = append(settings, v.Name+"="+v.Value)
	}
	if _, changes, err := c.Update(settings); err != nil || len(changes) > 0 {
		t.Errorf("changes %v, %v, want none", changes, err)
	}
}
