package probe

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"mmt/bench/traffic"
	"mmt/config"
)

// TestSampleShapes holds that traffic of our own gives lines with the fields, types and
// formats of each file of samples, but for that of report 201 (TestSystemReport).
func TestSampleShapes(t *testing.T) {
	trace := func(names ...string) string { return packetTrace(t, traffic.Generate(3, names, 1)) }
	lines := watch(t, trace("tunnels"), tunnelBlocks)
	t.Run("all but tunnels", func(t *testing.T) {
		lines = append(lines, everything(t, trace("web", "l2", "fragments", "radius", "sip", "tls", "dns"))...)
	})
	for file, is := range map[string]func(f []string) bool{
		"1": ofID("1"), "8": ofID("8"), "9": ofID("9"), "10": ofID("10"), "99": ofID("99"), "301": ofID("301"),
		"101":           func(f []string) bool { return f[0] == "101" && len(f) == 11 },
		"behaviour_101": func(f []string) bool { return f[0] == "101" && len(f) == 9 },
		"100_app0":      ofFormat("0"),
		"100_app1":      ofFormat("1"),
		"100_app2":      ofFormat("2"),
		"100_app3":      ofFormat("3"),
		"100_app5":      ofFormat("5"),
		"999_total":     ofName("999", "total"),
		"999_avg-udp":   ofName("999", "avg-udp"),
		"1000_ip-event": ofName("1000", "ip-event"),
		"1000_qfi":      ofName("1000", "qfi"),
	} {
		text, err := os.ReadFile(shared(t, "reference/report-samples/type_"+file+".csv"))
		if err != nil {
			t.Fatal(err)
		}
		compareShapes(t, file, slices.Collect(strings.Lines(string(text))), lines, is)
	}
}

func ofID(id string) func(f []string) bool { return func(f []string) bool { return f[0] == id } }

// ofFormat picks reports 100 by the format of their application, field 39.
func ofFormat(format string) func(f []string) bool {
	return func(f []string) bool { return f[0] == "100" && f[38] == format }
}

func ofName(id, name string) func(f []string) bool {
	return func(f []string) bool { return f[0] == id && f[4] == `"`+name+`"` }
}

const tunnelBlocks = `
session-report { enable = true gtp = true output-channel = {stdout} }
event-report qfi { enable = true event = "gtp.ext_pdu_qfi" output-channel = {stdout}
	attributes = {ip.2.src, ip.2.dst, ip.1.src, ip.1.dst, ip.2.tot_len, meta.packet_len} }
`

// handshakeRule finds openings of connections that are answered.
const handshakeRule = `<beginning><property value="THEN" delay_units="s" delay_min="0+" delay_max="5" property_id="1" type_property="ATTACK" description="a handshake">
<event value="COMPUTE" event_id="1" description="SYN" boolean_expression="(tcp.flags == 2)"/>
<event value="COMPUTE" event_id="2" description="answer" boolean_expression="((tcp.flags == 18) &amp;&amp; (ip.src == ip.dst.1))"/>
</property></beginning>`

// everything returns all lines of a run with the blocks that the samples were made with.
func everything(t *testing.T, trace string) (lines []string) {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"files", "behaviour", "carried", "rules"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(dir)
	if err := os.WriteFile(filepath.Join("rules", "one.xml"), []byte(handshakeRule), 0o644); err != nil {
		t.Fatal(err)
	}
	text := fmt.Sprintf(`probe-id = 3
		input { mode = OFFLINE source = %q }
		enable-proto-without-session-report = true
		enable-ip-fragmentation-report = true
		enable-ip-defragmentation = true
		enable-tcp-reassembly = true
		file-output { enable = true output-dir = %q }
		behaviour { enable = true output-dir = %q }
		reconstruct-data http { enable = true output-dir = %q output-channel = {stdout} }
		session-report { enable = true http = true ssl = true rtp = true output-channel = {stdout} }
		micro-flows { enable = true output-channel = {stdout} }
		radius-report { enable = true output-channel = {stdout} }
		security { enable = true output-channel = {stdout} }
		`, trace, filepath.Join(dir, "files"), filepath.Join(dir, "behaviour"), filepath.Join(dir, "carried")) + sampleBlocks
	c, err := config.Parse("t.conf", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	run := &Run{Config: c, Log: slog.New(slog.DiscardHandler), Stdout: &out}
	if _, err := run.Do(context.Background()); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"files", "behaviour"} {
		for _, data := range contents(t, filepath.Join(dir, name)) {
			out.WriteString(data)
		}
	}
	return slices.Collect(strings.Lines(out.String()))
}

// compareShapes holds that lines that are picked have fields of the kinds of samples.
func compareShapes(t *testing.T, file string, samples, lines []string, is func(f []string) bool) {
	t.Helper()
	var kinds []map[string]bool
	for _, line := range samples {
		if !strings.HasSuffix(line, "\n") {
			continue // the file ends within it
		}
		for i, f := range fieldsOf(line) {
			if i == len(kinds) {
				kinds = append(kinds, map[string]bool{})
			}
			kinds[i][kindOf(f)] = true
		}
	}
	compared := 0
	for _, line := range lines {
		fields := fieldsOf(line)
		if !is(fields) {
			continue
		}
		if compared++; len(fields) != len(kinds) {
			t.Errorf("type_%s: %d fields, want %d: %s", file, len(fields), len(kinds), line)
			return
		}
		for i, f := range fields {
			if kind := kindOf(f); !kinds[i][kind] && !mayBe(kind, kinds[i]) {
				t.Errorf("type_%s: field %d, %s, is %s, not of %v: %s", file, i+1, f, kind, kinds[i], line)
				return
			}
		}
	}
	if compared == 0 {
		t.Errorf("type_%s: no line", file)
	}
}

// mayBe tells whether a kind of text stands where others do that can be anything, or
// where texts can be empty.
func mayBe(kind string, kinds map[string]bool) bool {
	texts := []string{"text", "no text", "address", "path", "MAC", "mac"}
	if !slices.Contains(texts, kind) {
		return false
	}
	if kind == "no text" {
		return slices.ContainsFunc(texts, func(k string) bool { return kinds[k] })
	}
	return kinds["text"] || kinds["no text"]
}

var field = regexp.MustCompile(`^(?:"(?:[^"]|"")*"|\[[^\]]*\]|\{.*\}|[^,]*)(?:,|$)`)

// fieldsOf splits a line of CSV; lists and histories are one field each.
func fieldsOf(line string) (list []string) {
	line = strings.TrimRight(line, "\n")
	for {
		f := field.FindString(line)
		list = append(list, strings.TrimSuffix(f, ","))
		if line = line[len(f):]; line == "" {
			return list
		}
	}
}

var kindPatterns = []struct {
	kind    string
	pattern *regexp.Regexp
}{
	{"integer", regexp.MustCompile(`^-?\d+$`)},
	{"three decimals", regexp.MustCompile(`^-?\d+\.\d{3}$`)},
	{"time", regexp.MustCompile(`^\d+\.\d{6}$`)},
	{"no text", regexp.MustCompile(`^""$`)},
	{"path", regexp.MustCompile(`^"99(\.\d+)*"$`)},
	{"MAC", regexp.MustCompile(`^"([0-9A-F]{2}:){5}[0-9A-F]{2}"$`)},
	{"mac", regexp.MustCompile(`^"([0-9a-f]{2}:){5}[0-9a-f]{2}"$`)},
	{"list of integers", regexp.MustCompile(`^\[(\d+(,\d+)*)?\]$`)},
	{"history", regexp.MustCompile(`^\{"event_\d+":\{"timestamp":\d+\.\d{6},"counter":\d+,"attributes":\[(\["[a-z0-9_.]+",("[^"]*"|[0-9.]+)\],?)*\]\}.*\}$`)},
}

func kindOf(f string) string {
	for _, k := range kindPatterns {
		if k.pattern.MatchString(f) {
			return k.kind
		}
	}
	if _, err := netip.ParseAddr(strings.Trim(f, `"`)); err == nil {
		return "address"
	}
	if strings.HasPrefix(f, `"`) {
		return "text"
	}
	return "no field: " + f
}
