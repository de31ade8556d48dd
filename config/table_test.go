package config

import (
	"strings"
	"testing"
)

// eachOption runs f for every row of the table, with a fresh struct.
func eachOption(t *testing.T, f func(t *testing.T, o option, dst any)) {
	t.Helper()
	for _, b := range blocks {
		title := b.sampleTitles()[0]
		for _, o := range b.options {
			t.Run(b.full(title, o.name), func(t *testing.T) {
				c := Default()
				dst := b.find(c, title)
				if dst == nil {
					dst = b.add(c, title)
				}
				f(t, o, dst)
			})
		}
	}
}

func TestDefaultIsWhatTheTableSays(t *testing.T) {
	eachOption(t, func(t *testing.T, o option, dst any) {
		if got := o.get(dst); got != o.def {
			t.Errorf("default is %s, the table says %s", got, o.def)
		}
	})
}

// An option that writes to another's field would pass every other test.
func TestOptionsDoNotShareFields(t *testing.T) {
	for _, b := range blocks {
		title := b.sampleTitles()[0]
		for i := range b.options {
			c := Default()
			dst := b.find(c, title)
			if dst == nil {
				dst = b.add(c, title)
			}
			setOther(t, &b.options[i], dst)
			for j, o := range b.options {
				if changed := o.get(dst) != o.def; changed != (i == j) {
					t.Errorf("%s: setting %s: %s changed = %v", b.name, b.options[i].name, o.name, changed)
				}
			}
		}
	}
}

// setOther sets an option to some value that is not its default.
func setOther(t *testing.T, o *option, dst any) {
	t.Helper()
	for _, s := range []string{"true", "false", "7", "8", "JSON", "ONLINE", "TCP", "SENDER", "FIRST",
		"LEADER", "LZ4", "SCRAM-SHA-256", "2", "(1:2)", "10.0.0.0/8", "user", "dpdk", "stream", "ip.src", "ws://h:1", "h:1", "stdout", "other"} {
		if o.set(dst, value{items: []item{{text: s}}}) == nil && o.get(dst) != o.def {
			return
		}
	}
	t.Fatalf("%s: found no other value", o.name)
}

func TestTableIsSound(t *testing.T) {
	seen := map[string]bool{}
	eachOption(t, func(t *testing.T, o option, dst any) {
		if o.help == "" || o.kind == "" {
			t.Error("lacks its help or its kind")
		}
		if strings.HasSuffix(o.help, ".") || strings.ContainsAny(o.help, "\n\t") {
			t.Errorf("help %q is not one phrase", o.help)
		}
		if seen[t.Name()] {
			t.Error("stands twice in the table")
		}
		seen[t.Name()] = true
	})
}

func TestNumbersKeepTheirRange(t *testing.T) {
	tests := []struct {
		name     string
		good     []string
		bad      []string
		inErrors string
	}{
		{"probe-id", []string{"0", "4294967295"}, []string{"-1", "4294967296", "x", "", "1.5", "0x10"}, "a number from 0 to 4294967295"},
		{"stats-period", []string{"1", "60"}, []string{"0", "-5", "5s", "99999999999999999999"}, "a number of seconds from 1 to"},
		{"thread-nb", []string{"0", "16"}, []string{"-1", "1025"}, "from 0 to 1024"},
		{"loglevel", []string{"0", "7"}, []string{"8"}, "from 0 to 7"},
		{"stack-type", []string{"1", "624", "800", "804"}, []string{"0", "65536"}, "from 1 to 65535"},
		{"input.poller-nb", []string{"1", "64"}, []string{"0", "65"}, "from 1 to 64"},
		{"input.snap-len", []string{"0", "65355"}, []string{"-1", "262145"}, "from 1 to 262144"},
		{"output.cache-max", []string{"1", "100000"}, []string{"0"}, "from 1 to"},
		{"redis-output.port", []string{"1", "65535"}, []string{"0", "65536"}, "from 1 to 65535"},
		{"kafka-output.format", []string{"EVE", "csv", ""}, []string{"XML"}, `CSV, JSON or EVE, or "" for output.format`},
		{"radius-report.message-id", []string{"0", "255"}, []string{"-1", "256"}, "from 0 to 255"},
		{"data-output.include-user-agent", []string{"-1", "0", "32"}, []string{"-2"}, "from -1 to"},
		{"security.thread-nb", []string{"0", "4"}, []string{"-1"}, "from 0 to 1024"},
		{"micro-flows.byte-threshold", []string{"0", "10000000000"}, []string{"-1"}, "from 0 to"},
	}
	for _, tt := range tests {
		for _, v := range tt.good {
			if _, err := loadOverrides(tt.name + "=" + v); err != nil {
				t.Errorf("%s=%s: %v", tt.name, v, err)
			}
		}
		for _, v := range tt.bad {
			_, err := loadOverrides(tt.name + "=" + v)
			if err == nil || !strings.Contains(err.Error(), tt.inErrors) {
				t.Errorf("%s=%s: error %v does not say %q", tt.name, v, err, tt.inErrors)
			}
		}
	}
}

// loadOverrides loads an empty file with a sound input and some overrides.
func loadOverrides(overrides ...string) (*Config, error) {
	return Load("", append([]string{"input.mode=OFFLINE", "input.source=a.pcap"}, overrides...))
}
