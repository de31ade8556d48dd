package verifier

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestSettings(t *testing.T) {
	const manual = `# Maximum size, in bytes, of a report received from the MMT-Probe:
input.max_message_size 3000
security.smp.ring_size 1000   # in messages
security.max_instances	100000
output.ignore_description = 20

`
	path := filepath.Join(t.TempDir(), "mmt-security.conf")
	if err := os.WriteFile(path, []byte(manual), 0o600); err != nil {
		t.Fatal(err)
	}
	s, warnings, err := LoadSettings(path)
	want := Settings{MaxMessage: 3000, RingSize: 1000, MaxInstances: 100000, IgnoreDescription: 20}
	if s != want || len(warnings) != 0 || err != nil {
		t.Errorf("%+v %q %v, want %+v", s, warnings, err, want)
	}
	if _, _, err := LoadSettings(path + ".none"); err == nil {
		t.Error("no error for a file that was named and is not there")
	}
}

func TestSettingsMistakes(t *testing.T) {
	for _, c := range []struct{ text, err, warning string }{
		{"security.max_instances", `x:1: security.max_instances: "" is not a number from 1`, ""},
		{"\nsecurity.max_instances many", `x:2: security.max_instances: "many" is not`, ""},
		{"security.max_instances 1 2", `"1 2" is not`, ""},
		{"security.smp.ring_size 0", `from 1 to`, ""},
		{"input.max_message_size 3", `from 64 to`, ""},
		{"output.ignore_description -1", `from 0 to`, ""},
		{"security.max_instance 5", "", `x:1: unknown setting "security.max_instance" is passed over (did you mean "security.max_instances"?)`},
		{"mempool.size 5", "", `x:1: unknown setting "mempool.size" is passed over`},
	} {
		s := DefaultSettings()
		warnings, err := s.parse("x", c.text)
		if (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) {
			t.Errorf("%q: error %v, want %q", c.text, err, c.err)
		}
		if got := strings.Join(warnings, "\n"); got != c.warning {
			t.Errorf("%q: warning %q, want %q", c.text, got, c.warning)
		}
	}
}
