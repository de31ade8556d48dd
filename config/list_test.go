package config

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files anew")

// What -x prints. After a change of the table: go test ./config -update, and
// read the difference.
func TestListing(t *testing.T) {
	var got bytes.Buffer
	if err := PrintOverridable(&got); err != nil {
		t.Fatal(err)
	}
	golden := filepath.Join("testdata", "overridable.txt")
	if *update {
		if err := os.WriteFile(golden, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got.Bytes(), want) {
		t.Errorf("differs from %s, got:\n%s", golden, got.Bytes())
	}
}

// Every listed option can in fact be overridden with its default.
func TestListedOptionsCanBeOverridden(t *testing.T) {
	path := write(t, "event-report NAME { }\nquery-report NAME { }\n")
	for _, o := range Overridable() {
		if o.Name == "input.mode" || o.Name == "socket-output.port" {
			continue // these have no default
		}
		_, err := Load(path, []string{"input.mode=OFFLINE", "input.source=a", o.Name + "=" + o.Default})
		if err != nil && o.Name != "input.source" {
			t.Errorf("%s=%s: %v", o.Name, o.Default, err)
		}
	}
}

// templatePath is the sample that is installed with the probe.
const templatePath = "../configs/mmt-probe.conf"

// The template sets every option, and to its default wherever its line does
// not say otherwise.
func TestTemplate(t *testing.T) {
	text, err := os.ReadFile(templatePath)
	if err != nil {
		t.Fatal(err)
	}
	c, err := Load(templatePath, nil)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(text), "\n")
	for _, b := range blocks {
		b.each(c, func(title string, dst any) {
			for _, o := range b.options {
				name := b.full(title, o.name)
				pos := c.Where(name)
				if pos.Line == 0 {
					t.Errorf("%s is not in the template", name)
					continue
				}
				says := strings.Contains(lines[pos.Line-1], "not the default")
				if isDefault := o.get(dst) == o.def; isDefault == says {
					t.Errorf("%v: %s is %s, default %s", pos, name, o.get(dst), o.def)
				}
			}
		})
	}
	if len(c.EventReports) == 0 || len(c.QueryReports) == 0 {
		t.Error("the template shows no event-report or no query-report")
	}
}

// The template starts nothing but session reports and security verdicts to files.
func TestTemplateAsksForLittle(t *testing.T) {
	c, err := Load(templatePath, []string{"input.mode=OFFLINE", "input.source=a.pcap"})
	if err != nil {
		t.Fatal(err)
	}
	have := map[Feature]bool{FeatureOffline: true, FeatureFileOutput: true, FeatureSessionReport: true, FeatureSecurity: true, FeatureVersionReport: true}
	for _, err := range c.Unsupported(have) {
		t.Error(err)
	}
}
