package proto

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"mmt/analyzer/dpi"
	"mmt/analyzer/session"
	"mmt/bench/traffic"
	"mmt/dataplane"
)

// dnsFields are the header of DNS but for the flags.
var dnsFields = []shown{
	{"dns.tid", "dns.id", nil}, {"dns.qdcount", "dns.count.queries", nil}, {"dns.ancount", "dns.count.answers", nil},
	{"dns.nscount", "dns.count.auth_rr", nil}, {"dns.arcount", "dns.count.add_rr", nil},
}

// dnsFlags are the attributes that the field dns.flags consists of, highest bit
// first, and how many bits each has. tshark shows some of them only of answers.
var dnsFlags = []struct {
	ours string
	bits uint
}{
	{"dns.qr", 1}, {"dns.opcode", 4}, {"dns.aa", 1}, {"dns.tc", 1}, {"dns.rd", 1}, {"dns.ra", 1}, {"dns.z", 1},
	{"dns.ans_auth", 1}, {"dns.data_auth", 1}, {"dns.rcode", 4},
}

// httpFields are start lines and headers of HTTP.
var httpFields = []shown{
	{"http.method", "http.request.method", nil}, {"http.uri", "http.request.uri", nil}, {"http.host", "http.host", nil},
	{"http.user_agent", "http.user_agent", nil}, {"http.referer", "http.referer", nil}, {"http.accept", "http.accept", nil},
	{"http.cookie", "http.cookie", nil}, {"http.connection", "http.connection", nil}, {"http.upgrade", "http.upgrade", nil},
	{"http.content_type", "http.content_type", nil}, {"http.content_len", "http.content_length_header", nil},
	{"http.transfer_encoding", "http.transfer_encoding", nil}, {"http.content_encoding", "http.content_encoding", nil},
	{"http.server", "http.server", nil},
}

// byPacket are the options that make tshark read each packet for itself.
var byPacket = []string{"ip.defragment:FALSE", "ipv6.defragment:FALSE", "tcp.desegment_tcp_streams:FALSE"}

// byStream are those that make it read headers that several packets share, but
// not wait for the end of bodies.
var byStream = []string{"ip.defragment:FALSE", "ipv6.defragment:FALSE", "tcp.reassemble_out_of_order:TRUE",
	"tls.desegment_ssl_records:TRUE", "http.desegment_body:FALSE"}

// opinions is how a trace looks to tshark and to us: a row of values for each
// packet.
type opinions struct {
	reg    *dpi.Registry
	fields []string
	rows   [][][]string
	packet *dpi.Packet
}

// theirs returns what tshark has of a field in the current packet.
func (o *opinions) theirs(field string) []string {
	return o.rows[o.packet.Index-1][slices.Index(o.fields, field)]
}

// first returns the first value that tshark has of the fields, numbers in
// decimal; it is empty or has one element.
func (o *opinions) first(fields ...string) []string {
	for _, field := range fields {
		if values := o.theirs(field); len(values) > 0 {
			return []string{plain(values[0])}
		}
	}
	return nil
}

// ours returns what we have of an attribute in the current packet.
func (o *opinions) ours(name string) []string { return ours(o.packet, o.reg, shown{ours: name}) }

// sees tells whether tshark finds a protocol in the current packet.
func (o *opinions) sees(protocol string) bool {
	return slices.Contains(strings.Split(strings.Join(o.theirs("frame.protocols"), ""), ":"), protocol)
}

// side replays a trace and calls judge for each packet with the opinions on it.
// With streams set, TCP is reassembled and protocols gather what several packets
// share.
func side(t *testing.T, packets []traffic.Packet, streams bool, fields, options []string, judge func(o *opinions)) {
	t.Helper()
	dpi.LetPanicsThrough()
	o := &opinions{fields: append(fields, "frame.protocols")}
	o.rows = tsharkRows(t, packets, o.fields, options...)
	reg, services, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	o.reg = reg
	table := session.NewTable(session.Config{Max: 1 << 12, Reassembly: streams})
	h, err := dpi.NewHandler(reg, table, dpi.Options{Services: services})
	if err != nil {
		t.Fatal(err)
	}
	for p := range reg.Protocols {
		if streams && p.Track != nil {
			h.TrackProtocol(p.ID)
		}
	}
	if err := h.AddPacketHandler(1, func(p *dpi.Packet) { o.packet = p; judge(o) }); err != nil {
		t.Fatal(err)
	}
	for _, p := range packets {
		table.Advance(p.Time)
		h.Process([]dataplane.Packet{{Data: p.Data, Len: uint32(len(p.Data)), Time: p.Time, Link: dataplane.LinkEthernet}})
	}
}

// theirNames are the fields of a list.
func theirNames(list []shown) (names []string) {
	for _, c := range list {
		names = append(names, c.theirs)
	}
	return names
}

// compareFirst compares the fields of a list in every packet that tshark takes
// for protocol; where it reads several messages in one packet, our values are
// those of the first that has the field. Fields that no packet has fail.
func compareFirst(t *testing.T, packets []traffic.Packet, protocol string, list []shown, streams bool, options []string) {
	t.Helper()
	seen := map[string]int{}
	side(t, packets, streams, theirNames(list), options, func(o *opinions) {
		if !o.sees(protocol) {
			return
		}
		for _, c := range list {
			got, want := o.ours(c.ours), o.first(c.theirs)
			if !slices.Equal(got, want) {
				t.Errorf("packet %d: %s is %q, tshark's %s is %q", o.packet.Index, c.ours, got, c.theirs, want)
			}
			seen[c.ours] += len(got)
		}
	})
	for _, c := range list {
		if seen[c.ours] == 0 {
			t.Errorf("%s was in no packet", c.ours)
		}
	}
}

// TestTsharkDNS compares messages over UDP and TCP.
func TestTsharkDNS(t *testing.T) {
	compareFirst(t, traffic.Generate(7, []string{"dns"}, 2), "dns", dnsFields, false, byPacket)
}

// TestTsharkDNSFlags compares the flags of messages over UDP and TCP.
func TestTsharkDNSFlags(t *testing.T) {
	seen := 0
	side(t, traffic.Generate(7, []string{"dns"}, 2), false, []string{"dns.flags"}, byPacket, func(o *opinions) {
		flags, got := uint64(0), []string(nil)
		for _, f := range dnsFlags {
			for _, text := range o.ours(f.ours) {
				bits, err := strconv.ParseUint(text, 10, int(f.bits))
				if err != nil {
					t.Errorf("packet %d: %s: %v", o.packet.Index, f.ours, err)
				}
				flags = flags<<f.bits | bits
				got = []string{strconv.FormatUint(flags, 10)}
			}
		}
		if want := o.first("dns.flags"); !slices.Equal(got, want) {
			t.Errorf("packet %d: flags are %q, tshark's %q", o.packet.Index, got, want)
		}
		seen += len(got)
	})
	if seen == 0 {
		t.Error("no message was seen")
	}
}

// TestTsharkHTTP compares messages where packets begin with them.
func TestTsharkHTTP(t *testing.T) {
	compareFirst(t, traffic.Generate(7, []string{"web"}, 2), "http", httpFields, false, byPacket)
}

// TestTsharkHTTPStream compares messages wherever segments split them or come
// out of order.
func TestTsharkHTTPStream(t *testing.T) {
	compareFirst(t, traffic.Generate(7, []string{"web", "loss"}, 2), "http", httpFields, true, byStream)
}

// TestTsharkHTTPResponse compares status lines, which are one attribute of ours
// and two fields of tshark.
func TestTsharkHTTPResponse(t *testing.T) {
	seen, code, phrase := 0, "http.response.code", "http.response.phrase"
	side(t, traffic.Generate(7, []string{"web"}, 2), true, []string{code, phrase}, byStream, func(o *opinions) {
		got := strings.Join(o.ours("http.response"), "|")
		if want := strings.Join(slices.Concat(o.first(code), o.first(phrase)), " "); got != want {
			t.Errorf("packet %d: http.response is %q, tshark has %q", o.packet.Index, got, want)
		}
		seen += len(got)
	})
	if seen == 0 {
		t.Error("no response was seen")
	}
}

// TestTsharkTLS compares the header of the first record of a segment. Content
// of TLS 1.3 is opaque to tshark. Records that end in a later segment are left
// out: tshark shows nothing of them where it reads each packet for itself.
func TestTsharkTLS(t *testing.T) {
	seen := 0
	kind, opaque, version, length := "tls.record.content_type", "tls.record.opaque_type", "tls.record.version", "tls.record.length"
	side(t, traffic.Generate(7, []string{"tls"}, 2), false, []string{kind, opaque, version, length}, byPacket, func(o *opinions) {
		got := slices.Concat(o.ours("ssl.tls_content_type"), o.ours("ssl.tls_version"), o.ours("ssl.tls_length"))
		want := slices.Concat(o.first(kind, opaque), o.first(version), o.first(length))
		if len(want) == 0 && len(got) == 3 {
			if n, err := strconv.Atoi(got[2]); err == nil && 5+n > len(o.packet.Payload) {
				return
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("packet %d: type, version, length are %q, tshark's %q", o.packet.Index, got, want)
		}
		seen += len(got)
	})
	if seen == 0 {
		t.Error("no record was seen")
	}
}

// hostFields are what a flow's host name is taken from.
var hostFields = []string{"tls.handshake.extensions_server_name", "http.host", "dns.qry.name"}

// TestTsharkHosts compares the host name of each flow with the first name that
// tshark finds in it.
func TestTsharkHosts(t *testing.T) {
	for _, scenario := range []string{"dns", "web", "tls", "quic", "loss", "mail", "mdns"} {
		t.Run(scenario, func(t *testing.T) {
			got, want := hostNames(t, traffic.Generate(7, []string{scenario}, 2))
			for stream, name := range want {
				if got[stream] != name {
					t.Errorf("stream %s: host %q, tshark has %q", stream, got[stream], name)
				}
			}
			if len(want) == 0 {
				t.Error("tshark found no names")
			}
		})
	}
}

// hostNames returns our name and tshark's of each flow by tshark's number of it.
// The Host of SSDP is a multicast group, which says nothing of the flow.
func hostNames(t *testing.T, packets []traffic.Packet) (got, want map[string]string) {
	t.Helper()
	got, want = map[string]string{}, map[string]string{}
	side(t, packets, true, append([]string{"tcp.stream", "udp.stream"}, hostFields...), byStream, func(o *opinions) {
		stream := strings.Join(slices.Concat([]string{"tcp"}, o.theirs("tcp.stream"), []string{"udp"}, o.theirs("udp.stream")), " ")
		if p := o.packet; p.Flow != nil && p.Flow.Host != 0 {
			got[stream] = string(p.Handler().Store.Bytes(p.Flow.Host))
		}
		if name := o.first(hostFields...); name != nil && want[stream] == "" && !o.sees("ssdp") {
			want[stream], _, _ = strings.Cut(name[0], ":")
		}
	})
	return got, want
}
