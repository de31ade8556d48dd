package report

import (
	"net/netip"
	"time"
)

// This file and its neighbours eve_*.go write lines in the tongue of EVE: one JSON
// object per line, whose members timestamp, event_type, flow_id, community_id,
// src_ip, src_port, dest_ip, dest_port, proto and app_proto are named as in the
// EVE logs of Suricata, so that their readers understand them. What these do not
// know stands in an object "mmt", with the probe that tells it. The schema of all
// lines is report/eve/schema.json.
//
// Reports 10, 99 and 100 become alert, stats and flow; what application a session
// has becomes a line of its own (http, tls, ftp, rtp, gtp). Any other report is
// an event with the array of its JSON form in mmt.report.

// eveCommon is what an Encoder has rendered for lines of EVE.
type eveCommon struct {
	mmt   []byte // ,"mmt":{"probe":<id>,"source":"<source>"
	names func(id uint32) string
}

func newEVECommon(e *Encoder, probeID uint32, source string) eveCommon {
	mmt := appendUint([]byte(`,"mmt":{"probe":`), uint64(probeID))
	mmt = append(mmt, `,"source":`...)
	return eveCommon{mmt: e.appendText(mmt, []byte(source)), names: func(uint32) string { return "" }}
}

// SetNames gives the names of protocols by id, "" for an id without one. Without
// it lines of EVE have no names of applications. It must be called before the
// first Append.
func (e *Encoder) SetNames(names func(id uint32) string) { e.eve.names = names }

// Format returns the format of the lines.
func (e *Encoder) Format() Format { return e.format }

// eventTypes are the event types of reports by id.
var eventTypes = map[string]string{
	"1": "startup", "8": "microflow", "9": "radius", "30": "license", "101": "fragmentation", "102": "user_agent", "200": "status", "201": "system",
	"301": "reconstruction", "400": "lte_topology", "401": "lte_qos", "999": "query", "1000": "event",
}

func eventTypeOf(id string) string {
	if name, ok := eventTypes[id]; ok {
		return name
	}
	return "report"
}

// beginEvent opens a line of EVE: {"timestamp":"...","event_type":"...".
func (e *Encoder) beginEvent(dst []byte, t int64, event string) []byte {
	dst = appendISOTime(append(dst, `{"timestamp":`...), t)
	dst = append(dst, `,"event_type":"`...)
	dst = append(dst, event...)
	return append(dst, '"')
}

// beginMMT opens the object that holds what only this probe tells. It is the last
// one of a line, which "}}" ends.
func (e *Encoder) beginMMT(dst []byte) []byte { return append(dst, e.eve.mmt...) }

// appendISOTime appends t, nanoseconds since 1970, quoted, as ISO 8601 with
// microseconds (cut, not rounded) and zone: UTC.
func appendISOTime(dst []byte, t int64) []byte {
	dst = time.Unix(0, t).UTC().AppendFormat(append(dst, '"'), "2006-01-02T15:04:05.000000")
	return append(dst, `+00:00"`...)
}

// appendMember appends a number with its name.
func appendMember(dst []byte, name string, v uint64) []byte {
	return appendUint(appendName(dst, name), v)
}

// appendName appends ,"name":
func appendName(dst []byte, name string) []byte {
	dst = append(dst, ',', '"')
	dst = append(dst, name...)
	return append(dst, '"', ':')
}

// member appends a text from the network with its name; an empty one is left out.
func (e *Encoder) member(dst []byte, name string, text []byte) []byte {
	if len(text) == 0 {
		return dst
	}
	return e.appendText(appendName(dst, name), text)
}

// appendAddrMember appends an address with its name; the zero Addr is left out.
func appendAddrMember(dst []byte, name string, a netip.Addr) []byte {
	if !a.IsValid() {
		return dst
	}
	dst = append(appendName(dst, name), '"')
	if a.Is4() {
		dst = appendIPv4(dst, a.As4())
	} else {
		dst = a.WithZone("").AppendTo(dst)
	}
	return append(dst, '"')
}

// transportNames are the words of EVE for protocols above IP, by their number.
var transportNames = [256]string{
	1: "ICMP", 2: "IGMP", 4: "IPIP", 6: "TCP", 17: "UDP", 33: "DCCP", 41: "IPv6", 46: "RSVP", 47: "GRE", 50: "ESP", 51: "AH",
	58: "IPv6-ICMP", 88: "EIGRP", 89: "OSPF", 103: "PIM", 112: "VRRP", 115: "L2TP", 132: "SCTP", 136: "UDPLITE",
}

// appendEnds appends the members that name the ends of a flow.
func appendEnds(dst []byte, n *Ends) []byte {
	dst = appendAddrMember(dst, "src_ip", n.Source)
	if hasPorts(n.Proto) {
		dst = appendMember(dst, "src_port", uint64(n.SrcPort))
	}
	dst = appendAddrMember(dst, "dest_ip", n.Dest)
	if hasPorts(n.Proto) {
		dst = appendMember(dst, "dest_port", uint64(n.DstPort))
	}
	dst = append(appendName(dst, "proto"), '"')
	if name := transportNames[n.Proto]; name != "" {
		dst = append(dst, name...)
	} else {
		dst = appendUint(dst, uint64(n.Proto))
	}
	dst = append(dst, '"')
	if isICMP(n.Proto) {
		dst = appendMember(dst, "icmp_type", uint64(n.SrcPort))
		dst = appendMember(dst, "icmp_code", uint64(n.DstPort))
	}
	if !n.Source.IsValid() || !n.Dest.IsValid() {
		return dst
	}
	dst = append(appendName(dst, "community_id"), '"')
	return append(AppendCommunityID(dst, 0, n), '"')
}

func isICMP(proto uint8) bool { return proto == protoICMP || proto == protoICMPv6 }

// hasPorts tells whether a transport has ports: TCP, UDP, DCCP, SCTP, UDP-Lite.
func hasPorts(proto uint8) bool {
	switch proto {
	case 6, 17, 33, 132, 136:
		return true
	}
	return false
}
