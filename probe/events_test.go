package probe

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mmt/bench/traffic"
	"mmt/config"
)

// watch runs the probe on a trace with blocks of a configuration and returns its
// lines.
func watch(t *testing.T, trace, blocks string) []string {
	t.Helper()
	text := fmt.Sprintf("probe-id = 3\nenable-report-version-info = false\ninput { mode = OFFLINE source = %q }\n%s", trace, blocks)
	c, err := config.Parse("t.conf", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	run := &Run{Config: c, Log: slog.New(slog.DiscardHandler), Stdout: &out}
	if _, err := run.Do(context.Background()); err != nil {
		t.Fatal(err)
	}
	return slices.Collect(strings.Lines(out.String()))
}

// packetTrace writes a trace file.
func packetTrace(t *testing.T, packets []traffic.Packet) string {
	t.Helper()
	var b bytes.Buffer
	if err := traffic.WritePcap(&b, packets); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "t.pcap")
	if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// fieldsFrom returns what follows the probe's id and the source in each line.
func fieldsFrom(lines []string) (out []string) {
	for _, line := range lines {
		out = append(out, withoutSource(strings.TrimSpace(line)))
	}
	return out
}

// sampleBlocks are what the samples of reports 1000 and 999 were made with.
const sampleBlocks = `
event-report ip-event {
	enable         = true
	event          = "ip.src"
	attributes     = {"arp.ar_hln", "ip.src", "meta.proto_hierarchy"}
	output-channel = {stdout}
}
query-report total {
	enable         = true
	ms-period      = 1000
	select         = {"sum(meta.packet_len)", "avg(meta.packet_len)", "count(meta.packet_len)"}
	output-channel = {stdout}
}
query-report avg-udp {
	enable         = true
	ms-period      = 1000
	select         = {"last(ip.src)", "last(ip.dst)", "avg(meta.packet_len)", "var(meta.packet_len)",
		"avg(diff(meta.utime))", "var(diff(meta.utime))", "sum(meta.packet_len)", "count(meta.packet_len)"}
	where          = {"udp.len"}
	group-by       = {"ip.src", "ip.dst"}
	output-channel = {stdout}
}
`

// TestSamplesOfAttributes compares lines with those of the probe that this one
// replaces.
func TestSamplesOfAttributes(t *testing.T) {
	samples := map[string][]string{}
	for _, kind := range []string{"1000_ip-event", "999_total", "999_avg-udp"} {
		text, err := os.ReadFile(shared(t, "reference/report-samples/type_"+kind+".csv"))
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			source := strings.Trim(strings.SplitN(line, ",", 4)[2], `"`)
			samples[source] = append(samples[source], withoutSource(strings.TrimSpace(line)))
		}
	}
	compared := 0
	for source, trace := range sampleTraces {
		if len(samples[source]) == 0 {
			continue
		}
		got := fieldsFrom(watch(t, shared(t, trace), sampleBlocks))
		for _, want := range samples[source] {
			compared++
			if !slices.Contains(got, want) {
				t.Errorf("%s: no line\n%s", source, want)
			}
		}
	}
	if compared < 15 {
		t.Errorf("only %d sample lines were compared", compared)
	}
}

// ipv4 is a header of 20 bytes and what it carries.
func ipv4(src, dst byte, outer string, protocol byte, payload []byte) []byte {
	h := []byte{0x45, 0, 0, 0, 0, 1, 0, 0, 64, protocol, 0, 0}
	binary.BigEndian.PutUint16(h[2:], uint16(20+len(payload)))
	net := map[string][]byte{"inner": {10, 45, 0}, "outer": {172, 16, 0}}[outer]
	h = append(append(h, net...), src)
	h = append(append(h, net...), dst)
	return append(h, payload...)
}

// userPlane is a packet of a GTP tunnel with a QFI, as a mobile network's user plane
// has it: 98 bytes, the inner datagram 40 of them.
func userPlane(at int64, src, dst, qfi byte) traffic.Packet {
	inner := ipv4(2, 3, "inner", 17, append([]byte{0x13, 0x88, 0x13, 0x89, 0, 20, 0, 0}, make([]byte, 12)...))
	gtp := []byte{0x34, 255, 0, 0, 0, 0, 0, 9, 0, 0, 0, 0x85, 1, 0x10, qfi, 0}
	binary.BigEndian.PutUint16(gtp[2:], uint16(len(gtp)-8+len(inner)))
	udp := []byte{0x08, 0x68, 0x08, 0x68, 0, 0, 0, 0}
	binary.BigEndian.PutUint16(udp[4:], uint16(8+len(gtp)+len(inner)))
	datagram := ipv4(src, dst, "outer", 17, slices.Concat(udp, gtp, inner))
	frame := append([]byte{2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0}, datagram...)
	return traffic.Packet{Time: at, Data: frame}
}

// TestTunnelEvent has the fields of the sample qfi: attributes of both IP layers.
func TestTunnelEvent(t *testing.T) {
	trace := packetTrace(t, []traffic.Packet{userPlane(1e9, 1, 2, 5), userPlane(2e9, 1, 2, 5), userPlane(3e9, 3, 2, 6)})
	for _, c := range []struct {
		delta string
		want  []string
	}{
		{"", []string{
			`1000,3,1.000000,"qfi",5,"10.45.0.2","10.45.0.3","172.16.0.1","172.16.0.2",40,98`,
			`1000,3,2.000000,"qfi",5,"10.45.0.2","10.45.0.3","172.16.0.1","172.16.0.2",40,98`,
			`1000,3,3.000000,"qfi",6,"10.45.0.2","10.45.0.3","172.16.0.3","172.16.0.2",40,98`,
		}},
		{"ip.1.src", []string{
			`1000,3,1.000000,"qfi",5,"10.45.0.2","10.45.0.3","172.16.0.1","172.16.0.2",40,98`,
			`1000,3,3.000000,"qfi",6,"10.45.0.2","10.45.0.3","172.16.0.3","172.16.0.2",40,98`,
		}},
		{"ip.2.src, ip.2.dst", []string{`1000,3,1.000000,"qfi",5,"10.45.0.2","10.45.0.3","172.16.0.1","172.16.0.2",40,98`}},
		{"ip.3.src", nil},
	} {
		got := fieldsFrom(watch(t, trace, `event-report qfi { enable = true event = "gtp.ext_pdu_qfi" output-channel = {stdout}
			attributes = {ip.2.src, ip.2.dst, ip.1.src, ip.1.dst, ip.2.tot_len, meta.packet_len} delta-cond = {`+c.delta+`} }`))
		if !slices.Equal(got, c.want) {
			t.Errorf("delta-cond {%s}:\n%s", c.delta, strings.Join(got, "\n"))
		}
	}
}

// TestEventValues: a line has values of all kinds, and something for missing ones.
func TestEventValues(t *testing.T) {
	trace := packetTrace(t, []traffic.Packet{userPlane(1e9+2000, 1, 2, 5)})
	const blocks = `event-report v { enable = true event = META.UTIME output-channel = {stdout} attributes = {ethernet.src, ethernet.dst, ip.src,
		ipv6.src, meta.proto_hierarchy, meta.utime, ip.session_id, http.host, arp.ar_hln, ip.3.src, int.hop_latencies, tcp.session_id} }
		output { format = %s }`
	const fields = `"v",1.000002,"02:00:00:00:00:01","02:00:00:00:00:02","10.45.0.2","","99.178.376.141.178.376.0",1.000002,1,"",0,"","",0`
	got := fieldsFrom(watch(t, trace, fmt.Sprintf(blocks, "CSV")))
	if want := `1000,3,1.000002,` + fields; !slices.Equal(got, []string{want}) {
		t.Errorf("%s, want\n%s", got, want)
	}
	got = fieldsFrom(watch(t, trace, fmt.Sprintf(blocks, "JSON")))
	if want := `[1000,3,1.000002,` + fields + `]`; !slices.Equal(got, []string{want}) {
		t.Errorf("%s, want\n%s", got, want)
	}
}

// TestEventTemplate: the line is what output-format says, whatever the format.
func TestEventTemplate(t *testing.T) {
	trace := packetTrace(t, []traffic.Packet{userPlane(1e9, 1, 2, 5)})
	for _, c := range []struct{ template, want string }{
		{`{"from":"ip.1.src","len":meta.packet_len,"v":1.5,"at":example.com,"host":"http.host","n":arp.ar_hln}`,
			`{"from":"172.16.0.1","len":98,"v":1.5,"at":example.com,"host":"","n":0}`},
		{`ip.src`, `10.45.0.2`},
		{`ip.src->ip.dst ethernet.src`, `10.45.0.2->10.45.0.3 02:00:00:00:00:01`},
	} {
		for _, format := range []string{"CSV", "JSON"} {
			got := watch(t, trace, fmt.Sprintf("output { format = %s }\nevent-report x { enable = true event = ip.src output-channel = {stdout} output-format = '%s' }", format, c.template))
			if len(got) != 1 || got[0] != c.want+"\n" {
				t.Errorf("%s: %q, want %s", c.template, got, c.want)
			}
		}
	}
}

// TestEventChannels: each block has channels of its own.
func TestEventChannels(t *testing.T) {
	trace, dir := packetTrace(t, []traffic.Packet{userPlane(1e9, 1, 2, 5)}), t.TempDir()
	got := watch(t, trace, fmt.Sprintf(`file-output { enable = true output-dir = %q output-file = "e.csv" sample-file = false }
		event-report a { enable = true event = ip.src output-channel = {stdout} }
		event-report b { enable = true event = ip.src output-channel = {file} }
		event-report c { enable = false event = ip.src output-channel = {stdout} }
		query-report d { enable = true select = {"count(ip.src)"} }`, dir))
	if want := []string{`1000,3,1.000000,"a","10.45.0.2"`}; !slices.Equal(fieldsFrom(got), want) {
		t.Errorf("stdout: %s", got)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*e.csv"))
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, slices.Collect(strings.Lines(string(text)))...)
	}
	if got := fieldsFrom(all); !slices.Equal(got, []string{`1000,3,1.000000,"b","10.45.0.2"`, `999,3,1.000000,"d",1,1`}) {
		t.Errorf("files %s: %q", files, got)
	}
}

// TestQueryPeriods: the first period ends with the first packet, the others with
// the first packet a period or more after the one that ended the last; what is left
// comes at the end. Periods without packets that count have no line.
func TestQueryPeriods(t *testing.T) {
	var packets []traffic.Packet
	for i, at := range []int64{1000, 1050, 1099, 1100, 1150, 1210, 1300, 1500, 1550} {
		qfi := byte(5)
		if i >= 7 {
			qfi = 6
		}
		packets = append(packets, userPlane(at*1e6, 1, 2, qfi))
	}
	got := fieldsFrom(watch(t, packetTrace(t, packets), `query-report p { enable = true ms-period = 100
		select = {"sum(gtp.ext_pdu_qfi)", "count(meta.utime)", "first(meta.utime)", "diff(meta.utime)", ip.2.src} output-channel = {stdout} }
		query-report none { enable = true ms-period = 100 select = {"count(ip.src)"} where = {arp.ar_op, ip.src} output-channel = {stdout} }
		query-report by { enable = true ms-period = 100000 select = {"last(gtp.ext_pdu_qfi)", "count(ip.src)"} group-by = {gtp.ext_pdu_qfi, tcp.src_port} output-channel = {stdout} }`))
	want := []string{
		`999,3,1.000000,"p",1,5,1,1.000000,0,"10.45.0.2"`,
		`999,3,1.000000,"by",1,5,1`,
		`999,3,1.100000,"p",2,15,3,1.050000,1000,"10.45.0.2"`,
		`999,3,1.210000,"p",3,10,2,1.150000,60000,"10.45.0.2"`,
		`999,3,1.500000,"p",4,11,2,1.300000,200000,"10.45.0.2"`,
		`999,3,1.550000,"p",5,6,1,1.550000,0,"10.45.0.2"`,
		`999,3,1.550000,"by",2,5,6`,
		`999,3,1.550000,"by",2,6,2`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestWrongAttributes: what is wrong in the blocks is told with its place and the
// mend, all of it at once.
func TestWrongAttributes(t *testing.T) {
	for _, c := range []struct {
		block string
		want  []string
	}{
		{"event-report e {\n enable = true\n event = ip.scr\n}", []string{`t.conf:4: event-report "e": event: attribute ip.scr is unknown (did you mean ip.src?)`}},
		{"event-report e {\n enable = true\n event = ip.src\n attributes = {ip.2.dts, upd.len}\n delta-cond = {ethernet.zzzzzz}\n}", []string{
			`t.conf:5: event-report "e": attributes: attribute ip.dts is unknown (did you mean ip.dst?)`,
			`t.conf:5: event-report "e": attributes: protocol upd is unknown (did you mean udp?)`,
			`t.conf:6: event-report "e": delta-cond: attribute ethernet.zzzzzz is unknown`,
		}},
		{"event-report e {\n enable = true\n event = ip.src\n output-format = '{ip.scr}'\n}", []string{`t.conf:5: event-report "e": output-format: attribute ip.scr is unknown (did you mean ip.src?)`}},
		{"event-report e {\n enable = true\n event = ip.src\n output-format = 'v1.0'\n}", []string{
			`t.conf:5: event-report "e": output-format: names no attribute (write protocol.attribute, as in ip.src, where its value belongs)`}},
		{"query-report q {\n enable = true\n select = {\"sum(ip.src)\", \"avg(diff(meta.utim))\"}\n where = {ipv.src}\n group-by = {tcp.prot}\n}", []string{
			`t.conf:4: query-report "q": select: sum(ip.src): sum takes numbers, not ip4_addr (use count, last or first)`,
			`t.conf:4: query-report "q": select: attribute meta.utim is unknown (did you mean meta.utime?)`,
			`t.conf:5: query-report "q": where: protocol ipv is unknown (did you mean ip?)`,
			`t.conf:6: query-report "q": group-by: attribute tcp.prot is unknown`,
		}},
		{"event-report e {\n enable = false\n event = ip.scr\n}", nil},
	} {
		conf, err := config.Parse("t.conf", []byte("input { mode = OFFLINE source = t.pcap }\n"+c.block))
		if err != nil {
			t.Fatal(err)
		}
		err = attributeErrors(conf)
		var got []string
		if err != nil {
			got = strings.Split(err.Error(), "\n")
		}
		ok := len(got) == len(c.want)
		for i := range min(len(got), len(c.want)) {
			ok = ok && strings.HasPrefix(got[i], c.want[i])
		}
		if !ok {
			t.Errorf("%s:\n%s\nwant\n%s", c.block, strings.Join(got, "\n"), strings.Join(c.want, "\n"))
		}
	}
}

// attributeErrors starts a run that must end before it reads anything, if an
// attribute is wrong.
func attributeErrors(c *config.Config) error {
	_, err := (&Run{Config: c, Log: slog.New(slog.DiscardHandler), Stdout: &bytes.Buffer{}}).Do(context.Background())
	if err != nil && strings.Contains(err.Error(), "t.pcap") {
		return nil // it came as far as the trace, which does not exist
	}
	return err
}

func TestRefusedLine(t *testing.T) {
	if got := refusedLine(0); got != "" {
		t.Error(got)
	}
	if got := refusedLine(7); !strings.Contains(got, "7 packets") || !strings.Contains(got, "16384 groups") {
		t.Error(got)
	}
}
