package filter

import "strings"

// protoClass says how a protocol is recognised in a packet.
type protoClass uint8

const (
	classLink protoClass = iota // the link layer itself
	classNet                    // by the link layer's type field
	classIP                     // by the protocol field of IPv4 or IPv6
	classISO                    // by the first byte of an OSI network header
)

// proto is one protocol qualifier of the language.
type proto struct {
	name   string
	class  protoClass
	num    uint32 // EtherType or LLC SAP, IP protocol number, OSI identifier
	v4, v6 bool   // classIP: which IP carries it
	index  bool   // may be indexed, as in tcp[13]
}

// Numbers that the compiler itself needs. EtherTypes are from the IEEE
// registry; a number of at most maxLLC stands for an IEEE 802.2 SAP.
const (
	typeIPv4    = 0x0800
	typeARP     = 0x0806
	typeRARP    = 0x8035
	typeIPv6    = 0x86dd
	typeMPLS    = 0x8847
	typePPPoED  = 0x8863
	typePPPoES  = 0x8864
	typeAARP    = 0x80f3
	typeATalk   = 0x809b
	typeIPX     = 0x8137
	typeDECnet  = 0x6003
	sapSTP      = 0x42
	sapIPX      = 0xe0
	sapNetBEUI  = 0xf0
	sapISO      = 0xfe
	maxLLC      = 1500
	protoTCP    = 6
	protoUDP    = 17
	protoFrag   = 44
	protoAH     = 51
	protoNoNext = 59
	protoSCTP   = 132
)

var protos = protoMap(
	proto{name: "ether", class: classLink, index: true},
	proto{name: "ip", class: classNet, num: typeIPv4, index: true},
	proto{name: "ip6", class: classNet, num: typeIPv6, index: true},
	proto{name: "arp", class: classNet, num: typeARP, index: true},
	proto{name: "rarp", class: classNet, num: typeRARP, index: true},
	proto{name: "atalk", class: classNet, num: typeATalk, index: true},
	proto{name: "aarp", class: classNet, num: typeAARP},
	proto{name: "decnet", class: classNet, num: typeDECnet, index: true},
	proto{name: "lat", class: classNet, num: 0x6004, index: true},
	proto{name: "sca", class: classNet, num: 0x6007, index: true},
	proto{name: "mopdl", class: classNet, num: 0x6001, index: true},
	proto{name: "moprc", class: classNet, num: 0x6002, index: true},
	proto{name: "iso", class: classNet, num: sapISO},
	proto{name: "stp", class: classNet, num: sapSTP},
	proto{name: "ipx", class: classNet, num: sapIPX},
	proto{name: "netbeui", class: classNet, num: sapNetBEUI},
	proto{name: "icmp", class: classIP, num: 1, v4: true, index: true},
	proto{name: "igmp", class: classIP, num: 2, v4: true, index: true},
	proto{name: "tcp", class: classIP, num: protoTCP, v4: true, v6: true, index: true},
	proto{name: "igrp", class: classIP, num: 9, v4: true, index: true},
	proto{name: "udp", class: classIP, num: protoUDP, v4: true, v6: true, index: true},
	proto{name: "esp", class: classIP, num: 50, v4: true, v6: true},
	proto{name: "ah", class: classIP, num: protoAH, v4: true, v6: true},
	proto{name: "icmp6", class: classIP, num: 58, v6: true, index: true},
	proto{name: "pim", class: classIP, num: 103, v4: true, v6: true, index: true},
	proto{name: "vrrp", class: classIP, num: 112, v4: true, index: true},
	proto{name: "carp", class: classIP, num: 112, v4: true, index: true},
	proto{name: "sctp", class: classIP, num: protoSCTP, v4: true, v6: true, index: true},
	proto{name: "clnp", class: classISO, num: 0x81},
	proto{name: "esis", class: classISO, num: 0x82},
	proto{name: "isis", class: classISO, num: 0x83},
)

func protoMap(list ...proto) map[string]*proto {
	m := make(map[string]*proto, len(list)+8)
	for i := range list {
		m[list[i].name] = &list[i]
	}
	// The manual page calls these other names of the link layer.
	for _, alias := range []string{"link", "fddi", "tr", "wlan", "ppp", "slip"} {
		m[alias] = m["ether"]
	}
	m["es-is"], m["is-is"] = m["esis"], m["isis"]
	return m
}

// ipProtocols are the names that "ip proto" takes, from the IANA registry of
// protocol numbers. Names that are qualifiers too must be written with a
// backslash.
var ipProtocols = map[string]uint32{
	"ip": 0, "hopopt": 0, "icmp": 1, "igmp": 2, "ggp": 3, "ipencap": 4, "ipip": 94, "st": 5, "tcp": protoTCP,
	"egp": 8, "igp": 9, "igrp": 9, "udp": protoUDP, "hmp": 20, "rdp": 27, "dccp": 33,
	"ipv6": 41, "ipv6-route": 43, "ipv6-frag": protoFrag, "rsvp": 46, "gre": 47, "esp": 50,
	"ah": protoAH, "skip": 57, "ipv6-icmp": 58, "icmp6": 58, "ipv6-nonxt": protoNoNext,
	"ipv6-opts": 60, "eigrp": 88, "ospf": 89, "etherip": 97, "encap": 98, "pim": 103,
	"ipcomp": 108, "vrrp": 112, "carp": 112, "l2tp": 115, "sctp": protoSCTP, "fc": 133,
	"mobility-header": 135, "udplite": 136, "mpls-in-ip": 137, "hip": 139, "shim6": 140,
}

// etherProtocols are the names that "ether proto" takes besides the protocols
// of class classNet.
var etherProtocols = map[string]uint32{"loopback": 0x9000}

// constants are the named numbers of arithmetic expressions: offsets and values
// of ICMP (RFC 792, 1256, 950), ICMPv6 (RFC 4443, 2710, 4861, 3810) and TCP
// (RFC 9293, 3168).
var constants = map[string]uint32{
	"icmptype": 0, "icmpcode": 1, "icmp6type": 0, "icmp6code": 1, "tcpflags": 13,
	"icmp-echoreply": 0, "icmp-unreach": 3, "icmp-sourcequench": 4, "icmp-redirect": 5,
	"icmp-echo": 8, "icmp-routeradvert": 9, "icmp-routersolicit": 10, "icmp-timxceed": 11,
	"icmp-paramprob": 12, "icmp-tstamp": 13, "icmp-tstampreply": 14, "icmp-ireq": 15,
	"icmp-ireqreply": 16, "icmp-maskreq": 17, "icmp-maskreply": 18,
	"icmp6-destinationunreach": 1, "icmp6-packettoobig": 2, "icmp6-timeexceeded": 3,
	"icmp6-parameterproblem": 4, "icmp6-echo": 128, "icmp6-echoreply": 129,
	"icmp6-multicastlistenerquery": 130, "icmp6-multicastlistenerreportv1": 131,
	"icmp6-multicastlistenerdone": 132, "icmp6-routersolicit": 133, "icmp6-routeradvert": 134,
	"icmp6-neighborsolicit": 135, "icmp6-neighboradvert": 136, "icmp6-redirect": 137,
	"icmp6-multicastlistenerreportv2": 143,
	"tcp-fin":                         0x01, "tcp-syn": 0x02, "tcp-rst": 0x04, "tcp-push": 0x08,
	"tcp-ack": 0x10, "tcp-urg": 0x20, "tcp-ece": 0x40, "tcp-cwr": 0x80,
}

// plainWords are the keywords that are no protocol.
var plainWords = []string{
	"and", "or", "not", "src", "dst", "host", "net", "mask", "port", "portrange", "proto",
	"protochain", "broadcast", "multicast", "less", "greater", "len", "inbound", "outbound",
	"ifindex", "vlan", "mpls", "pppoed", "pppoes",
}

// unsupported are words of pcap-filter(7) that this package does not know.
var unsupported = wordSet(`gateway geneve llc type subtype dir direction ra ta addr1 addr2
	addr3 addr4 address1 address2 address3 address4 radio byte l1 l2 iih lsp snp csnp psnp
	vpi vci lane oamf4s oamf4e oamf4 oam metac bcc sc ilmic connectmsg metaconnect lanebcast
	ifname on rnr rulenum reason rset ruleset srnr subrulenum action fisu lssu lsu msu sio
	opc dpc sls hfisu hlssu hmsu hsio hopc hdpc hsls`)

func wordSet(list string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(list) {
		m[w] = true
	}
	return m
}

// isKeyword reports whether w has a meaning of its own in the language.
func isKeyword(w string) bool {
	for _, k := range plainWords {
		if k == w {
			return true
		}
	}
	return protos[w] != nil || unsupported[w]
}

// suggest returns ` (did you mean "x"?)` for the keyword nearest to w, or "".
func suggest(w string) string {
	best, bestScore := "", 3*distanceWeight
	consider := func(k string) {
		if s := unlikeness(w, k); s < bestScore || s == bestScore && best != "" && k < best {
			best, bestScore = k, s
		}
	}
	if len(w) > 20 {
		return "" // no keyword is near
	}
	for _, k := range plainWords {
		consider(k)
	}
	for k := range protos {
		consider(k)
	}
	if best == "" || distance(w, best) >= len(w) {
		return ""
	}
	return ` (did you mean "` + best + `"?)`
}

const distanceWeight = 10

// unlikeness is foremost the distance, then the difference in length, so that
// swapped letters count less than missing ones, then the first letter.
func unlikeness(w, k string) int {
	u := distanceWeight*distance(w, k) + max(len(w), len(k)) - min(len(w), len(k))
	if w[0] != k[0] {
		u++
	}
	return u
}

// distance is the number of insertions, deletions and replacements that turn a
// into b.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diag := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diag
			if a[i] != b[j] {
				cost++
			}
			diag = row[j+1]
			row[j+1] = min(cost, row[j]+1, diag+1)
		}
	}
	return row[len(b)]
}
