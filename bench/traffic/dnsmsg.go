package traffic

import (
	"net/netip"
	"strings"
)

// DNS record types.
const (
	dnsA     = 1
	dnsCNAME = 5
	dnsSOA   = 6
	dnsPTR   = 12
	dnsMX    = 15
	dnsTXT   = 16
	dnsAAAA  = 28
	dnsSRV   = 33
	dnsNB    = 32 // in NetBIOS name service messages
	dnsOPT   = 41
	dnsHTTPS = 65
)

// Bits of the DNS header word (RFC 1035 section 4.1.1).
const (
	dnsResponse      = 0x8000
	dnsAuthoritative = 0x0400
	dnsTruncated     = 0x0200
	dnsWanted        = 0x0100 // recursion desired
	dnsAvailable     = 0x0080 // recursion available
	dnsNoName        = 3      // NXDOMAIN
)

// dnsName encodes a name without compression (RFC 1035 section 3.1).
func dnsName(name string) wire {
	var w wire
	if name != "" {
		for label := range strings.SplitSeq(name, ".") {
			w = w.len8([]byte(label))
		}
	}
	return w.u8(0)
}

// dnsQuestion is an entry of the question section.
type dnsQuestion struct {
	name  string
	typ   uint16
	class uint16 // 1 (Internet) where zero
}

// dnsRecord is a resource record with its data encoded.
type dnsRecord struct {
	name  string
	typ   uint16
	class uint16 // 1 (Internet) where zero
	ttl   uint32
	data  []byte
}

// dnsMessage is a message of DNS and of the protocols that took over its form.
type dnsMessage struct {
	id, flags  uint16
	questions  []dnsQuestion
	answers    []dnsRecord
	authority  []dnsRecord
	additional []dnsRecord
}

func (m dnsMessage) build() wire {
	w := wire{}.u16(m.id, m.flags, uint16(len(m.questions)), uint16(len(m.answers)),
		uint16(len(m.authority)), uint16(len(m.additional)))
	seen := map[string]int{}
	for _, q := range m.questions {
		w = w.dnsOwner(q.name, seen).u16(q.typ, max(q.class, 1))
	}
	for _, section := range [][]dnsRecord{m.answers, m.authority, m.additional} {
		for _, r := range section {
			w = w.dnsOwner(r.name, seen).u16(r.typ, max(r.class, 1)).u32(r.ttl).len16(r.data)
		}
	}
	return w
}

// dnsOwner appends a name, or a pointer to where the message has it already
// (RFC 1035 section 4.1.4).
func (w wire) dnsOwner(name string, seen map[string]int) wire {
	if at, ok := seen[name]; ok {
		return w.u16(0xc000 | uint16(at))
	}
	if name != "" {
		seen[name] = len(w)
	}
	return w.raw(dnsName(name))
}

// Records of the common types.
func recordAddr(name string, a netip.Addr) dnsRecord {
	typ := uint16(dnsA)
	if a.Is6() {
		typ = dnsAAAA
	}
	return dnsRecord{name: name, typ: typ, ttl: 300, data: a.AsSlice()}
}

func recordName(name string, typ uint16, target string) dnsRecord {
	return dnsRecord{name: name, typ: typ, ttl: 3600, data: dnsName(target)}
}

func recordMX(name string, preference uint16, host string) dnsRecord {
	return dnsRecord{name: name, typ: dnsMX, ttl: 3600, data: wire{}.u16(preference).raw(dnsName(host))}
}

func recordTXT(name string, texts ...string) dnsRecord {
	var data wire
	for _, t := range texts {
		data = data.len8([]byte(t))
	}
	return dnsRecord{name: name, typ: dnsTXT, ttl: 3600, data: data}
}

func recordSRV(name string, port uint16, host string) dnsRecord {
	return dnsRecord{name: name, typ: dnsSRV, ttl: 120, data: wire{}.u16(0, 0, port).raw(dnsName(host))}
}

func recordSOA(zone string) dnsRecord {
	data := dnsName("ns1."+zone).raw(dnsName("hostmaster."+zone)).u32(2024050100, 7200, 900, 1209600, 300)
	return dnsRecord{name: zone, typ: dnsSOA, ttl: 300, data: data}
}

// recordOPT is the pseudo record of EDNS (RFC 6891) with a cookie (RFC 7873).
func recordOPT(size uint16, cookie []byte) dnsRecord {
	return dnsRecord{typ: dnsOPT, class: size, data: wire{}.u16(10).len16(cookie)}
}
