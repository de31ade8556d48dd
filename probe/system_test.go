package probe

import (
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"mmt/config"
	"mmt/report"
)

func TestMachineShares(t *testing.T) {
	before := machine{user: 100, kernel: 50, idle: 1000}
	for name, c := range map[string]struct {
		now  machine
		want report.System
	}{
		"busy":            {machine{user: 182, kernel: 68, idle: 1000, free: 3, all: 4}, report.System{User: 82, Kernel: 18, FreeMemory: 3, AllMemory: 4}},
		"thirds":          {machine{user: 101, kernel: 51, idle: 1001}, report.System{User: 33, Kernel: 33, Idle: 34}},
		"halves":          {machine{user: 101, kernel: 51, idle: 1000}, report.System{User: 50, Kernel: 50}},
		"two that round":  {machine{user: 105, kernel: 50 + 195, idle: 1000}, report.System{User: 3, Kernel: 97}}, // 2.5 and 97.5
		"nothing counted": {before, report.System{Idle: 100}},
		"taken back":      {machine{user: 110, kernel: 50, idle: 999}, report.System{Idle: 100}},
	} {
		if got := *c.now.since(&before); got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}

func TestReadProc(t *testing.T) {
	const memory = "MemTotal:       24684084 kB\nMemFree: 5 kB\nMemAvailable:   23693588 kB\nHugePages_Total:       0\n"
	got, err := readProc(strings.NewReader("cpu  10 2 30 400 5 6 7 8 9 10\ncpu0 1 1 1 1\n"), strings.NewReader(memory))
	if want := (machine{user: 12, kernel: 43, idle: 405, free: 23693588, all: 24684084}); err != nil || got != want {
		t.Errorf("%+v, %v, want %+v", got, err, want)
	}
	for _, c := range [][2]string{{"", memory}, {"cpu x\n", memory}, {"cpu 1 2 3 4\n", ""}, {"cpu 1 2 3 4\n", "MemFree: 5 kB\n"}} {
		if got, err := readProc(strings.NewReader(c[0]), strings.NewReader(c[1])); err == nil {
			t.Errorf("%q: %+v", c, got)
		}
	}
}

// TestSystemReport lets a report become due and looks at its line, in both formats.
func TestSystemReport(t *testing.T) {
	for _, format := range []string{"CSV", "JSON"} {
		var out strings.Builder
		c, err := config.Load("", []string{"input.mode=OFFLINE", "input.source=-", "probe-id=3", "output.format=" + format,
			"system-report.enable=true", "system-report.output-channel={stdout}"})
		if err != nil {
			t.Fatal(err)
		}
		o, err := openOutputs(c, 1, &out, nil)
		if err != nil {
			t.Fatal(err)
		}
		r := &Run{Config: c, Log: slog.New(slog.DiscardHandler)}
		duties, err := r.systemDuty(o)
		if err != nil {
			t.Skip(err)
		}
		state := &status{crew: &crew{out: o}, duties: duties}
		state.perform(time.Time{}.Add(time.Hour)) // the duty has no next time: it is due
		if err := o.close(); err != nil {
			t.Fatal(err)
		}
		line := strings.TrimSpace(out.String())
		if format == "CSV" {
			line = "[" + line + "]"
		}
		var f []any
		if err := json.Unmarshal([]byte(line), &f); err != nil || len(f) != 9 || f[0] != 201.0 {
			t.Fatalf("%s: %v", line, err)
		}
		if user, kernel, idle := f[4].(float64), f[5].(float64), f[6].(float64); user+kernel+idle != 100 {
			t.Errorf("%s: the shares are not 100", line)
		}
		if free, all := f[7].(float64), f[8].(float64); free <= 0 || free > all {
			t.Errorf("%s: %v of %v kB are free", line, free, all)
		}
		if duties[0].every != 5*time.Second || !duties[0].next.After(time.Now()) {
			t.Errorf("due again %v, every %v", duties[0].next, duties[0].every)
		}
	}
}

// TestSystemReportSample renders the sample lines' figures.
func TestSystemReportSample(t *testing.T) {
	text, err := os.ReadFile(shared(t, "reference/report-samples/type_201.csv"))
	if err != nil {
		t.Fatal(err)
	}
	const want = `201,3,"eth/collectd.pcap",1795279219.182411,82,18,0,23693588,24684084`
	rec := report.System{Time: 1795279219182411000, User: 82, Kernel: 18, FreeMemory: 23693588, AllMemory: 24684084}
	got := string(rec.Append(nil, report.NewEncoder(report.CSV, 3, "eth/collectd.pcap")))
	if got != want || !strings.Contains(string(text), want) {
		t.Errorf("%s, want %s, which is in the samples", got, want)
	}
}

// TestSystemReportGone holds that a machine that stops telling makes one complaint
// and no line.
func TestSystemReportGone(t *testing.T) {
	var log strings.Builder
	s := &system{log: slog.New(slog.NewTextHandler(&log, nil)), read: func() (machine, error) { return machine{}, errors.New("gone") }}
	s.write(time.Now())
	s.write(time.Now())
	if strings.Count(log.String(), "system-report: gone") != 1 {
		t.Errorf("log: %s", &log)
	}
}

// TestDuties holds that each duty is done at its time, and not made up for.
func TestDuties(t *testing.T) {
	counts := map[string]int{}
	count := func(name string) func(time.Time) { return func(time.Time) { counts[name]++ } }
	now := time.Now()
	s := &status{duties: []duty{
		{every: time.Second, next: now.Add(-10 * time.Second), write: count("missed")},
		{every: time.Hour, next: now.Add(time.Hour), write: count("later")},
	}}
	s.perform(now)
	if counts["missed"] != 1 || counts["later"] != 0 {
		t.Errorf("%v", counts)
	}
	if next := s.duties[0].next; !next.After(now) || next.After(now.Add(2*time.Second)) {
		t.Errorf("again %v after now", next.Sub(now))
	}
}
