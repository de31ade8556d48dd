package proto

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/prototest"
	"mmt/bench/traffic"
	"mmt/dataplane"
)

// shown is an attribute of ours and the field of tshark that shows the same.
type shown struct {
	ours, theirs string
	// as turns our number into theirs where the units differ; nil: as it is.
	as func(n uint64) uint64
}

// words are four bytes each.
func words(n uint64) uint64 { return n * 4 }

// eights are the units in which tshark shows where a fragment belongs.
func eights(n uint64) uint64 { return n / 8 }

// compared are the fields of headers from Ethernet to the transport.
var compared = []shown{
	{"ethernet.src", "eth.src", nil}, {"ethernet.dst", "eth.dst", nil},
	{"8021q.vid", "vlan.id", nil}, {"8021q.pcp", "vlan.priority", nil}, {"8021q.dei", "vlan.dei", nil},
	{"llc.dsap", "llc.dsap", nil}, {"llc.ssap", "llc.ssap", nil}, {"llc.control_field", "llc.control", nil},
	{"ip.header_len", "ip.hdr_len", nil}, {"ip.proto_tos", "ip.dsfield", nil},
	{"ip.ecn", "ip.dsfield.ecn", nil}, {"ip.tot_len", "ip.len", nil}, {"ip.identification", "ip.id", nil}, {"ip.rf_flag", "ip.flags.rb", nil},
	{"ip.df_flag", "ip.flags.df", nil}, {"ip.mf_flag", "ip.flags.mf", nil}, {"ip.frag_offset", "ip.frag_offset", eights},
	{"ip.proto_ttl", "ip.ttl", nil}, {"ip.proto_id", "ip.proto", nil}, {"ip.checksum", "ip.checksum", nil},
	{"ip.src", "ip.src", nil}, {"ip.dst", "ip.dst", nil},
	{"ipv6.TC", "ipv6.tclass", nil}, {"ipv6.flow_label", "ipv6.flow", nil}, {"ipv6.len", "ipv6.plen", nil},
	{"ipv6.next_hdr", "ipv6.nxt", nil}, {"ipv6.hop_limit", "ipv6.hlim", nil}, {"ipv6.src", "ipv6.src", nil}, {"ipv6.dst", "ipv6.dst", nil},
	{"icmp.type", "icmp.type", nil}, {"icmp.code", "icmp.code", nil}, {"icmp.checksum", "icmp.checksum", nil},
	{"icmp.identifier", "icmp.ident", nil}, {"icmp.seq_nb", "icmp.seq", nil},
	{"icmpv6.type", "icmpv6.type", nil}, {"icmpv6.code", "icmpv6.code", nil}, {"icmpv6.checksum", "icmpv6.checksum", nil},
	{"gre.proto", "gre.proto", nil}, {"gre.version", "gre.flags.version", nil}, {"gre.key", "gre.key", nil}, {"gre.seqnb", "gre.sequence_number", nil},
	{"tcp.src_port", "tcp.srcport", nil}, {"tcp.dest_port", "tcp.dstport", nil}, {"tcp.seq_nb", "tcp.seq_raw", nil}, {"tcp.ack_nb", "tcp.ack_raw", nil},
	{"tcp.data_offset", "tcp.hdr_len", words}, {"tcp.fin", "tcp.flags.fin", nil}, {"tcp.syn", "tcp.flags.syn", nil}, {"tcp.rst", "tcp.flags.reset", nil},
	{"tcp.psh", "tcp.flags.push", nil}, {"tcp.ack", "tcp.flags.ack", nil}, {"tcp.urg", "tcp.flags.urg", nil}, {"tcp.ece", "tcp.flags.ece", nil},
	{"tcp.cwr", "tcp.flags.cwr", nil}, {"tcp.window", "tcp.window_size_value", nil}, {"tcp.checksum", "tcp.checksum", nil},
	{"tcp.urg_pointer", "tcp.urgent_pointer", nil}, {"tcp.payload_len", "tcp.len", nil},
	{"tcp.tsval", "tcp.options.timestamp.tsval", nil}, {"tcp.tsecr", "tcp.options.timestamp.tsecr", nil},
	{"udp.src_port", "udp.srcport", nil}, {"udp.dest_port", "udp.dstport", nil}, {"udp.len", "udp.length", nil}, {"udp.checksum", "udp.checksum", nil},
	{"sctp.src_port", "sctp.srcport", nil}, {"sctp.dest_port", "sctp.dstport", nil}, {"sctp.verif_tag", "sctp.verification_tag", nil},
	{"vxlan.vni", "vxlan.vni", nil}, {"gtp.teid", "gtp.teid", nil}, {"gtp.msg_type", "gtp.message", nil}, {"gtp.length", "gtp.length", nil},
}

// tsharkRows has tshark, with options of the form name:value, read the packets
// and returns, for each, the values of every field.
func tsharkRows(t *testing.T, packets []traffic.Packet, fields []string, options ...string) [][][]string {
	t.Helper()
	if _, err := exec.LookPath("tshark"); err != nil {
		t.Skip("tshark is not installed")
	}
	var trace bytes.Buffer
	if err := traffic.WritePcap(&trace, packets); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "trace.pcap")
	if err := os.WriteFile(file, trace.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{"-n", "-r", file, "-T", "fields", "-E", "aggregator=|"}
	for _, option := range options {
		args = append(args, "-o", option)
	}
	for _, field := range fields {
		args = append(args, "-e", field)
	}
	var stderr bytes.Buffer
	cmd := exec.Command("tshark", args...)
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("tshark: %v\n%s", err, stderr.String())
	}
	var rows [][][]string
	for line := range strings.Lines(string(out)) {
		row := make([][]string, len(fields))
		for i, field := range strings.Split(strings.TrimSuffix(line, "\n"), "\t") {
			if field != "" {
				row[i] = strings.Split(field, "|")
			}
		}
		rows = append(rows, row)
	}
	if len(rows) != len(packets) {
		t.Fatalf("tshark printed %d lines for %d packets", len(rows), len(packets))
	}
	return rows
}

// plain turns tshark's numbers into decimal ones; other texts stay.
func plain(text string) string {
	switch text {
	case "True":
		return "1"
	case "False":
		return "0"
	}
	if n, err := strconv.ParseUint(text, 0, 64); err == nil {
		return strconv.FormatUint(n, 10)
	}
	return text
}

// ours returns the values of an attribute in every layer of its protocol.
func ours(p *dpi.Packet, reg *dpi.Registry, c shown) (values []string) {
	protocol, attribute, _ := strings.Cut(c.ours, ".")
	id, a := reg.AttributeByName(protocol, attribute)
	for layer := range p.Layers() {
		var v dpi.Value
		if p.Layers()[layer].Proto != id || !a.Extract(p, layer, &v) {
			continue
		}
		if c.as != nil {
			v.N = c.as(v.N)
		}
		values = append(values, prototest.Text(&v))
	}
	return values
}

// TestAgainstTshark compares the headers of a generated trace with what tshark
// reads. The packets that ICMP errors quote are layers for tshark only, so that
// values after ours are left out.
func TestAgainstTshark(t *testing.T) {
	packets := traffic.Generate(7, nil, 1)
	var fields []string
	for _, c := range compared {
		fields = append(fields, c.theirs)
	}
	rows := tsharkRows(t, packets, fields, "ip.defragment:FALSE", "ipv6.defragment:FALSE")
	reg, err := NewRegistry()
	if err != nil {
		t.Fatal(err)
	}
	n := prototest.NewWith(t, reg, nil)
	compares := make([]int, len(compared))
	err = n.Handler.AddPacketHandler(2, func(p *dpi.Packet) {
		quotes := strings.Contains(n.Path(), "icmp")
		for i, c := range compared {
			got, want := ours(p, reg, c), rows[p.Index-1][i]
			for j := range want {
				want[j] = plain(want[j])
			}
			if c.theirs == "tcp.len" && p.Tuple() != nil && p.Tuple().Part {
				continue // tshark does not tell it of a fragment
			}
			if quotes && len(want) > len(got) {
				want = want[:len(got)]
			}
			if !slices.Equal(got, want) {
				t.Errorf("packet %d, %s: %s is %q, tshark's %s is %q", p.Index, n.Path(), c.ours, got, c.theirs, want)
			}
			compares[i] += len(got)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, packet := range packets {
		n.Raw(dataplane.LinkEthernet, packet.Data)
	}
	for i, c := range compared {
		if compares[i] == 0 {
			t.Logf("%s was in no packet", c.ours)
		}
	}
}
