package dpdk

import (
	"slices"
	"strings"
	"testing"
)

func TestSplitArguments(t *testing.T) {
	for _, c := range []struct {
		text string
		want []string
	}{
		{"", nil},
		{"  \t\n", nil},
		{"-l 0,1 --no-pci", []string{"-l", "0,1", "--no-pci"}},
		{`--vdev 'net_pcap0,rx_pcap=/a b.pcap'`, []string{"--vdev", "net_pcap0,rx_pcap=/a b.pcap"}},
		{`--vdev="net ""x"`, []string{"--vdev=net x"}},
		{`a\ b "c\"d\\" '\'`, []string{"a b", `c"d\`, `\`}},
		{`'' x`, []string{"", "x"}},
	} {
		got, err := splitArguments(c.text)
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%q: %q, %v, want %q", c.text, got, err, c.want)
		}
	}
	for text, want := range map[string]string{
		`-l "0`: "quote at character 4 is not closed", `it's`: "quote at character 3", `a\`: "after the backslash",
	} {
		if _, err := splitArguments(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

// FuzzSplitArguments: what is put in quotes comes out as it went in.
func FuzzSplitArguments(f *testing.F) {
	f.Add(`-l 0 --vdev "net_null0" 'a b' \c`)
	f.Add(`"\"`)
	f.Fuzz(func(t *testing.T, text string) {
		args, err := splitArguments(text)
		if err != nil {
			return
		}
		var quoted []string
		for _, a := range args {
			quoted = append(quoted, "'"+strings.ReplaceAll(a, "'", `'\''`)+"'")
		}
		again, err := splitArguments(strings.Join(quoted, " "))
		if err != nil || !slices.Equal(args, again) {
			t.Errorf("%q is %q, in quotes %q: %v", text, args, again, err)
		}
	})
}

func TestEALArguments(t *testing.T) {
	for option, want := range map[string]string{
		"":                                      "mmt-probe -l 3 --in-memory --no-telemetry",
		"-l 1 --no-huge -m 64 --telemetry":      "mmt-probe -l 1 --no-huge -m 64 --telemetry",
		"--lcores=0@1 --file-prefix=a":          "mmt-probe --lcores=0@1 --file-prefix=a --no-telemetry",
		"-c3 --huge-dir /h":                     "mmt-probe -c3 --huge-dir /h --no-telemetry",
		"-a 0000:03:00.0 --log-level=lib.eal:8": "mmt-probe -a 0000:03:00.0 --log-level=lib.eal:8 -l 3 --in-memory --no-telemetry",
	} {
		got, err := ealArguments(option, 3)
		if err != nil || strings.Join(got, " ") != want {
			t.Errorf("%q: %q, %v, want %q", option, got, err, want)
		}
	}
	if _, err := ealArguments("--no-pci --help", 0); err == nil {
		t.Error("--help would end the program")
	}
}

func TestExplainStart(t *testing.T) {
	log := "EAL: Detected CPU lcores: 2\nEAL: No free 2048 kB hugepages reported on node 0\nEAL: Cannot get hugepage information.\n"
	got := explainStart(errBad{}, log, []string{"mmt-probe", "-l", "0"}).Error()
	want := "DPDK does not start: bad: No free 2048 kB hugepages reported on node 0; Cannot get hugepage information. (reserve hugepages: "
	if !strings.HasPrefix(got, want) {
		t.Errorf("%s\nwant %s...", got, want)
	}
	got = explainStart(errBad{}, "", []string{"mmt-probe", "-l", "0"}).Error()
	if got != "DPDK does not start: bad (the arguments were: -l 0)" {
		t.Error(got)
	}
}

type errBad struct{}

func (errBad) Error() string { return "bad" }

func TestOpenRefuses(t *testing.T) {
	for _, c := range []struct {
		ports string
		o     Options
		want  string
	}{
		{"0,,1", Options{}, "a number or a name is missing"},
		{"0, 0", Options{}, "0 is there twice"},
		{strings.Repeat("a,", 4) + "b", Options{}, "twice"},
		{"0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16", Options{}, "these are 17, at most 16"},
		{"0", Options{SnapLen: -1}, "-1 bytes as snapshot length are not possible (use 1 to 262144)"},
		{"0", Options{Queues: 1025}, "1025 receive queues"},
		{"0", Options{Descriptors: 65536}, "65536 descriptors"},
		{"0", Options{Held: -5}, "-5 packets held"},
		{"0", Options{MTU: -5}, "-5 bytes as MTU"},
		{"0", Options{Share: Unknown}, "by hosts or by flows only"},
		{"0", Options{Filter: "tcp prot 80"}, "prot"},
		{"0", Options{EAL: `"`}, "quote"},
	} {
		if _, err := Open(c.ports, c.o); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: %v, want %q", c.ports, err, c.want)
		}
	}
}

func TestPortString(t *testing.T) {
	p := Port{ID: 1, Name: "0000:03:00.1", Driver: "net_ixgbe", Up: true, Mbps: 10000}
	if got := p.String(); got != "1 (0000:03:00.1, net_ixgbe, 10 Gbps)" {
		t.Error(got)
	}
	p.Up = false
	if got := p.String(); got != "1 (0000:03:00.1, net_ixgbe, no link)" {
		t.Error(got)
	}
}
