package traffic

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"mmt/suggest"
)

// Packet is one Ethernet frame without its frame check sequence.
type Packet struct {
	Time int64 // capture time in ns since the Unix epoch, a whole number of microseconds
	Data []byte
}

// Scenario is a family of conversations that can be asked for by name.
type Scenario struct {
	Name string     // lower case, as in mmt-gen --scenario
	Help string     // one line for mmt-gen --list
	Make func(*Gen) // adds one round of the conversations to the generator
}

// Scenarios lists all scenarios in alphabetical order of their names.
func Scenarios() []Scenario {
	all := slices.Concat(linkScenarios, internetScenarios, transportScenarios, applicationScenarios)
	slices.SortFunc(all, func(a, b Scenario) int { return cmp.Compare(a.Name, b.Name) })
	return all
}

var linkScenarios = []Scenario{
	{"l2", "ARP, RARP, LLC with spanning tree, LLDP, CDP", l2},
	{"spoof", "ARP answers of a host that takes the place of two others", spoof},
	{"tunnels", "GRE, 6in4, 4in6, IP-in-IP, VXLAN, GTP-U, MPLS, PPPoE, VLAN, QinQ", tunnels},
}

var internetScenarios = []Scenario{
	{"fragments", "IPv4 fragments in order, out of order, overlapping; IPv6 fragments", fragments},
	{"icmp", "ping, record route, unreachable, time exceeded, IGMP with router alert", icmp},
	{"ipv6", "IPv6 extension headers, neighbour discovery, multicast listeners", ipv6},
}

var transportScenarios = []Scenario{
	{"loss", "TCP retransmissions, out of order, gaps, zero windows, resets", loss},
	{"noise", "TCP and UDP payloads of no known protocol", noise},
	{"scans", "SYN, NULL, FIN, XMAS, ACK and UDP port scans with their answers", scans},
	{"sctp", "SCTP association from INIT to SHUTDOWN, and an ABORT", sctp},
}

var applicationScenarios = []Scenario{
	{"dhcp", "DHCP discover, offer, request, ack, release; DHCPv6 solicit to reply", dhcp},
	{"dns", "DNS over UDP and TCP: addresses, aliases, mail, text, errors, truncation", dns},
	{"ftp", "FTP control connection with passive and active transfers", ftp},
	{"ldap", "LDAP bind, search and unbind, and a refused bind", ldap},
	{"mail", "SMTP plain and with STARTTLS, POP3, IMAP", mail},
	{"mdns", "names on the local link: mDNS, LLMNR, NetBIOS, SSDP", mdns},
	{"mqtt", "MQTT connect, subscribe, publish with QoS 0 and 1, ping, disconnect", mqtt},
	{"nfs", "port mapper over UDP and NFS version 3 over TCP", nfs},
	{"ntp", "NTP client and server, versions 3 and 4", ntp},
	{"quic", "QUIC versions 1 and 2 with readable Initial packets", quic},
	{"radius", "RADIUS access and accounting", radius},
	{"rtsp", "RTSP session with interleaved RTP", rtsp},
	{"sip", "SIP registration and call with RTP and RTCP", sip},
	{"smb2", "SMB1 to SMB2 negotiation, NTLM session set-up, tree connect", smb2},
	{"snmp", "SNMP v1 and v2c: get, next, bulk, set, trap", snmp},
	{"ssh", "SSH banners, key exchange and encrypted packets", ssh},
	{"syslog", "syslog messages of RFC 3164 and RFC 5424", syslog},
	{"telnet", "telnet option negotiation and a login", telnet},
	{"tftp", "TFTP read, write and error", tftp},
	{"tls", "TLS 1.0 to 1.3 handshakes with SNI, ALPN and certificates", tls},
	{"web", "HTTP/1.0 and 1.1: keep-alive, pipelining, chunks, gzip, WebSocket", web},
}

// Check reports the first of the names that no scenario has, with the nearest
// name that exists.
func Check(names []string) error {
	for _, name := range names {
		if _, ok := find(name); !ok {
			return fmt.Errorf("unknown scenario %q%s", name, hint(name))
		}
	}
	return nil
}

// hint says what an unknown name may have been meant to be.
func hint(name string) string {
	var names []string
	for _, s := range Scenarios() {
		names = append(names, s.Name)
	}
	if near := suggest.Nearest(strings.ToLower(name), names); near != "" {
		return fmt.Sprintf(" (did you mean %q?)", near)
	}
	return " (mmt-gen --list shows them)"
}

func find(name string) (Scenario, bool) {
	all := Scenarios()
	i := slices.IndexFunc(all, func(s Scenario) bool { return s.Name == name })
	if i < 0 {
		return Scenario{}, false
	}
	return all[i], true
}

// Generate makes a trace of the named scenarios, all of them where names is
// empty, sorted by time. Every scenario is repeated scale times (at least
// once) with other hosts and values; a round takes ten seconds of trace time
// or little more. What a scenario looks like depends on seed and scale alone,
// not on the other names. Names that Check refuses are left out.
func Generate(seed int64, names []string, scale int) []Packet {
	var packets []Packet
	for _, s := range Scenarios() {
		if len(names) > 0 && !slices.Contains(names, s.Name) {
			continue
		}
		for round := range max(scale, 1) {
			g := newGen(seed, s.Name, round)
			s.Make(g)
			packets = append(packets, g.packets...)
		}
	}
	sortByTime(packets)
	return packets
}

// sortByTime keeps the order of packets of one instant: a conversation adds
// its packets in the order in which they were sent.
func sortByTime(packets []Packet) {
	slices.SortStableFunc(packets, func(a, b Packet) int { return cmp.Compare(a.Time, b.Time) })
}
