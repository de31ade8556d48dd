package traffic

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// statusFields say how tshark found a checksum: "0" is wrong.
var statusFields = []string{"ip.checksum.status", "tcp.checksum.status", "udp.checksum.status", "sctp.checksum.status",
	"icmp.checksum.status", "icmpv6.checksum.status", "igmp.checksum.status", "cdp.checksum.status"}

const (
	fieldProtocols = "frame.protocols"
	fieldMalformed = "_ws.malformed"
	fieldSeverity  = "_ws.expert.severity"
	fieldMessage   = "_ws.expert.message"
	fieldAnalysis  = "tcp.analysis.flags"
	severityError  = "8388608"
)

// row is what tshark says about one packet, by field.
type row map[string][]string

// dissect has tshark read packets and returns one row a packet.
func dissect(t *testing.T, packets []Packet, fields []string) []row {
	t.Helper()
	file := filepath.Join(t.TempDir(), "trace.pcap")
	var trace bytes.Buffer
	if err := WritePcap(&trace, packets); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, trace.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{"-n", "-r", file, "-T", "fields", "-E", "aggregator=|", "-o", "ip.check_checksum:TRUE",
		"-o", "tcp.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE", "-o", "sctp.checksum:CRC 32c",
		"-o", "tcp.reassemble_out_of_order:TRUE"}
	for _, f := range fields {
		args = append(args, "-e", f)
	}
	var stderr bytes.Buffer
	cmd := exec.Command("tshark", args...)
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("tshark: %v\n%s", err, stderr.String())
	}
	return rows(t, string(out), fields, len(packets))
}

func rows(t *testing.T, out string, fields []string, want int) []row {
	t.Helper()
	lines := strings.Split(strings.TrimSuffix(out, "\n"), "\n")
	if len(lines) != want {
		t.Fatalf("tshark printed %d lines for %d packets", len(lines), want)
	}
	all := make([]row, len(lines))
	for i, line := range lines {
		all[i] = row{}
		for j, value := range strings.Split(line, "\t") {
			if value != "" {
				all[i][fields[j]] = strings.Split(value, "|")
			}
		}
	}
	return all
}

// complaints are what is wrong with a packet; TCP's troubles count only where
// the scenario is not about them.
func (r row) complaints(troubled bool) []string {
	var out []string
	if r[fieldMalformed] != nil {
		out = append(out, "malformed")
	}
	for _, f := range statusFields {
		if slices.Contains(r[f], "0") || slices.Contains(r[f], "Bad") {
			out = append(out, "wrong checksum: "+f)
		}
	}
	if slices.Contains(r[fieldSeverity], severityError) {
		out = append(out, strings.Join(r[fieldMessage], "; "))
	}
	if !troubled && r[fieldAnalysis] != nil {
		out = append(out, "TCP trouble: "+strings.Join(r[fieldMessage], "; "))
	}
	return out
}

// expected protocols and field values by scenario: each has to be in at least
// one packet. A chain of protocols must appear as it stands.
var expected = map[string]struct {
	protocols []string
	values    []string // "field value"
}{
	"web": {[]string{"http:json", "http:urlencoded-form", "http:websocket", "http:tls", "http:data-text-lines"},
		[]string{"http.response.code 206", "http.response.code 304", "http.content_encoding gzip", "http.transfer_encoding chunked",
			"http.request.method DELETE", "http.request.version HTTP/1.0"}},
	"tls": {[]string{"tcp:tls:x509sat"}, []string{"tls.handshake.extensions_server_name www.wikipedia.org",
		"tls.handshake.extensions_server_name www.openstreetmap.org", "tls.handshake.extensions_alpn_str h2",
		"tls.handshake.type 12", "tls.alert_message.desc 112", "tls.handshake.version 0x0301"}},
	"quic": {[]string{"udp:quic:tls"}, []string{"tls.handshake.extensions_server_name www.google.com",
		"tls.handshake.extensions_server_name www.youtube.com", "tls.handshake.extensions_server_name www.facebook.com",
		"tls.handshake.extensions_server_name www.cloudflare.com", "tls.handshake.extensions_server_name www.instagram.com",
		"tls.handshake.type 2", "quic.version 0x6b3343cf"}},
	"dns": {[]string{"udp:dns", "tcp:dns"}, []string{"dns.flags.rcode 3", "dns.flags.truncated 1", "dns.resp.type 5",
		"dns.resp.type 15", "dns.resp.type 16", "dns.resp.type 28", "dns.resp.type 65"}},
	"mdns":   {[]string{"udp:mdns", "udp:llmnr", "udp:nbns", "udp:ssdp"}, nil},
	"dhcp":   {[]string{"udp:dhcp", "udp:dhcpv6"}, []string{"dhcp.option.dhcp 1", "dhcp.option.dhcp 2", "dhcp.option.dhcp 3", "dhcp.option.dhcp 5"}},
	"ntp":    {[]string{"udp:ntp"}, nil},
	"mail":   {[]string{"tcp:smtp:imf", "tcp:pop", "tcp:imap", "tcp:tls"}, []string{"smtp.req.command STAR"}},
	"ssh":    {[]string{"tcp:ssh"}, []string{"ssh.message_code 20", "ssh.message_code 21"}},
	"ftp":    {[]string{"tcp:ftp", "tcp:ftp-data"}, nil},
	"telnet": {[]string{"tcp:telnet"}, nil},
	"sip":    {[]string{"udp:sip:sdp", "udp:rtp", "udp:rtcp"}, []string{"sip.Status-Code 401", "sip.Method INVITE"}},
	"rtsp":   {[]string{"tcp:rtsp:sdp", "tcp:rtsp:rtp"}, nil},
	"snmp":   {[]string{"udp:snmp"}, []string{"snmp.version 0", "snmp.version 1", "snmp.data 7"}},
	"tftp":   {[]string{"udp:tftp", "udp:tftp:data"}, []string{"tftp.opcode 5"}},
	"syslog": {[]string{"udp:syslog"}, nil},
	"radius": {[]string{"udp:radius"}, []string{"radius.code 2", "radius.code 3", "radius.code 5"}},
	"ldap":   {[]string{"tcp:ldap"}, []string{"ldap.resultCode 0", "ldap.resultCode 49"}},
	"smb2":   {[]string{"nbss:smb", "nbss:smb2", "nbss:smb2:ntlmssp"}, []string{"ntlmssp.auth.username alice"}},
	"nfs":    {[]string{"tcp:rpc:nfs", "udp:rpc:portmap"}, []string{"nfs.procedure_v3 6"}},
	"mqtt":   {[]string{"tcp:mqtt"}, []string{"mqtt.msgtype 1", "mqtt.msgtype 3", "mqtt.msgtype 8"}},
	"scans":  {[]string{"tcp", "icmp:ip:udp"}, []string{"tcp.flags 0x0000", "tcp.flags 0x0001", "tcp.flags 0x0029"}},
	"fragments": {[]string{"ipv6:ipv6.fraghdr:udp", "tcp:tls"}, []string{"ip.fragment.overlap 1", "ip.fragment.overlap.conflict 1",
		"tls.handshake.extensions_server_name www.wikipedia.org"}},
	"icmp": {[]string{"ip:icmp", "ip:igmp"}, []string{"ip.opt.type 7", "ip.opt.type 148", "icmp.type 11"}},
	"ipv6": {[]string{"ipv6.hopopts:ipv6.dstopts:ipv6.routing:ipv6.dstopts:udp", "ipv6:icmpv6"},
		[]string{"icmpv6.type 134", "icmpv6.type 143"}},
	"tunnels": {[]string{"ip:ip:tcp", "ip:ipv6:tcp", "ipv6:ip:tcp", "gre:ip:tcp", "vxlan:eth:ethertype:ip:tcp", "gtp:ip:tcp", "mpls:ip:tcp",
		"pppoes:ppp:ipv6:tcp", "vlan:ethertype:ip:tcp", "ieee8021ad:ethertype:vlan:ethertype:ip:tcp", "pppoed"},
		[]string{"gtp.ext_hdr.pdu_ses_con.qos_flow_id 9"}},
	"sctp":  {[]string{"sctp:m3ua"}, []string{"sctp.chunk_type 1", "sctp.chunk_type 4", "sctp.chunk_type 6", "sctp.chunk_type 7", "sctp.chunk_type 10"}},
	"l2":    {[]string{"ethertype:arp", "llc:stp", "llc:cdp", "ethertype:lldp"}, []string{"arp.opcode 3"}},
	"spoof": {[]string{"ethertype:arp"}, []string{"arp.opcode 2"}},
	"loss": {[]string{"tcp:tls", "tcp:http"}, []string{"tls.handshake.extensions_server_name www.netflix.com",
		"tcp.analysis.retransmission 1", "tcp.analysis.fast_retransmission 1", "tcp.analysis.out_of_order 1", "tcp.analysis.lost_segment 1",
		"tcp.analysis.ack_lost_segment 1", "tcp.analysis.zero_window 1", "tcp.analysis.zero_window_probe 1", "tcp.analysis.keep_alive 1",
		"tcp.flags.reset 1"}},
	"noise": {[]string{"tcp:data", "udp:data"}, nil},
}

// allFields are those of the table and those that complaints are made of.
func allFields() []string {
	fields := append([]string{fieldProtocols, fieldMalformed, fieldSeverity, fieldMessage, fieldAnalysis}, statusFields...)
	for _, e := range expected {
		for _, v := range e.values {
			fields = append(fields, strings.Fields(v)[0])
		}
	}
	slices.Sort(fields)
	return slices.Compact(fields)
}

func needTshark(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("tshark"); err != nil {
		t.Skip("tshark is not installed: the traces are not compared with it")
	}
}

// TestTshark reads all scenarios, one after the other in one trace.
func TestTshark(t *testing.T) {
	needTshark(t)
	var packets []Packet
	from := map[string]int{}
	for _, s := range Scenarios() {
		from[s.Name] = len(packets)
		packets = append(packets, Generate(1, []string{s.Name}, 1)...)
	}
	all := dissect(t, packets, allFields())
	for i, s := range Scenarios() {
		end := len(packets)
		if next := i + 1; next < len(Scenarios()) {
			end = from[Scenarios()[next].Name]
		}
		t.Run(s.Name, func(t *testing.T) { judge(t, s.Name, all[from[s.Name]:end]) })
	}
}

// unsound tells whether a scenario is about what dissectors warn of.
func unsound(name string) bool { return name == "loss" || name == "scans" || name == "spoof" }

func judge(t *testing.T, name string, rows []row) {
	for i, r := range rows {
		for _, c := range r.complaints(unsound(name)) {
			t.Errorf("packet %d (%v): %s", i+1, r[fieldProtocols], c)
		}
	}
	want, ok := expected[name]
	if !ok {
		t.Fatal("the table says nothing about this scenario")
	}
	for _, p := range want.protocols {
		if !slices.ContainsFunc(rows, func(r row) bool { return hasChain(r, p) }) {
			t.Errorf("no packet of %s", p)
		}
	}
	for _, v := range want.values {
		field, value, _ := strings.Cut(v, " ")
		if !slices.ContainsFunc(rows, func(r row) bool { return slices.Contains(r[field], value) }) {
			t.Errorf("no packet with %s = %s", field, value)
		}
	}
}

// hasChain looks for whole names, so that "tls" is not found in "dtls".
func hasChain(r row, chain string) bool {
	return strings.Contains(":"+strings.Join(r[fieldProtocols], "|")+":", ":"+chain+":")
}

// TestTsharkScale reads several rounds of everything with other seeds.
func TestTsharkScale(t *testing.T) {
	needTshark(t)
	if testing.Short() {
		t.Skip("short run: only one seed is compared with tshark")
	}
	names := []string{}
	for _, s := range Scenarios() {
		if !unsound(s.Name) {
			names = append(names, s.Name)
		}
	}
	for seed := range int64(3) {
		for i, r := range dissect(t, Generate(seed+2, names, 2), allFields()) {
			for _, c := range r.complaints(false) {
				t.Errorf("seed %d, packet %d (%v): %s", seed+2, i+1, r[fieldProtocols], c)
			}
		}
	}
}

// TestTsharkComplains makes sure that the judge sees what it must not miss.
func TestTsharkComplains(t *testing.T) {
	needTshark(t)
	packets := Generate(1, []string{"dns", "dhcp", "tls", "sctp", "icmp", "ipv6"}, 1)
	sound := dissect(t, packets, allFields())
	damage := func(at int, chain string) string {
		i := slices.IndexFunc(sound, func(r row) bool { return hasChain(r, chain) })
		broken := slices.Clone(packets[i].Data)
		broken[at] ^= 0x55
		r := dissect(t, []Packet{{packets[i].Time, broken}}, allFields())[0]
		return fmt.Sprint(r.complaints(false))
	}
	for _, c := range []struct {
		chain string
		at    int
		want  string
	}{
		{"ethertype:ip:udp:dns", 24, "ip.checksum"},
		{"ethertype:ip:udp:dns", 40, "udp.checksum"},
		{"ethertype:ip:tcp", 50, "tcp.checksum"},
		{"ethertype:ip:sctp", 42, "sctp.checksum"},
		{"ethertype:ip:icmp:data", 36, "icmp.checksum"},
		{"ethertype:ipv6:icmpv6", 56, "icmpv6.checksum"},
		{"ethertype:ip:udp:dns", 46, "malformed"},
	} {
		if got := damage(c.at, c.chain); !strings.Contains(got, c.want) {
			t.Errorf("byte %d of %s changed: complaints %s, want %q", c.at, c.chain, got, c.want)
		}
	}
}
