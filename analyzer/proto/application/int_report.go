package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
	"mmt/analyzer/proto/transport"
)

// IntReport is what the sink of in-band telemetry sends to a collector:
// "Telemetry Report Format Specification" of P4.org, version 1.0 (one report in
// a datagram) and 2.0 (section 3.2, a group of reports). Both hold the beginning
// of the packet that the report is about, with its telemetry. The specification
// leaves the port open: 6000 and 32766 are those of known switches.
var IntReport = dpi.Protocol{
	ID:   id.IntReport,
	Name: "int_report",
	Attributes: []dpi.Attribute{
		reportNumber(1, "switch_id", dpi.U32, func(r intReport) (uint64, bool) { return uint64(r.node), true }),
		reportNumber(2, "hw_id", dpi.U32, func(r intReport) (uint64, bool) { return uint64(r.hardware), true }),
		reportNumber(3, "seq_num", dpi.U32, func(r intReport) (uint64, bool) { return uint64(r.sequence), true }),
		reportAddr(4, "ip_src", 12),
		reportAddr(5, "ip_dst", 16),
		reportNumber(6, "port_src", dpi.U16, func(r intReport) (uint64, bool) { return uint64(be16(r.inner.transport)), true }),
		reportNumber(7, "port_dst", dpi.U16, func(r intReport) (uint64, bool) { return uint64(be16(r.inner.transport[2:])), true }),
		reportNumber(9, "sink_time", dpi.U32, func(r intReport) (uint64, bool) { return uint64(r.time), r.version == 1 }),
	},
	Classifiers: []dpi.Classifier{
		{Parent: id.Udp, Weight: 60, Ports: intReportPorts, Classify: classifyIntReport},
	},
	Next: nextIntReport,
}

var intReportPorts = []uint16{6000, 32766}

// Lengths in bytes.
const (
	reportHeader1 = 16 // version 1 without optional metadata
	groupHeader   = 8  // version 2, before all reports
	reportHeader2 = 4  // version 2, before each report
	reportINT     = 8  // version 2, fixed part of a report of type INT
)

// intReport is a report, in version 2 the first one that holds a packet.
type intReport struct {
	version        uint8
	node, hardware uint32
	sequence       uint32
	time           uint32 // of the packet's arrival, version 1 only: 2.0 has it in 64 bits, as an option
	inner          innerPacket
}

// innerPacket is the packet that a report is about.
type innerPacket struct {
	ip        []byte
	transport []byte // with four bytes at least, the ports
	framed    bool   // an Ethernet header is before it
	proto     byte
	off       int // of transport in the report
}

// parse reads a report; it fails if there is no packet of TCP or UDP in it.
func (r *intReport) parse(d []byte) bool {
	if len(d) < reportHeader1 {
		return false
	}
	switch r.version = d[0] >> 4; r.version {
	case 1:
		return r.parse1(d)
	case 2:
		return r.parse2(d)
	}
	return false
}

// parse1 reads a header of version 1: version and length in words (4 bits each),
// kind of the packet (3), which metadata there are (6), flags (3), reserved (6),
// hardware (6); then switch, sequence number, and time of arrival.
func (r *intReport) parse1(d []byte) bool {
	r.hardware = uint32(d[3] & 0x3f)
	r.node, r.sequence, r.time = be32(d[4:]), be32(d[8:]), be32(d[12:])
	const ethernet = 3 // kinds 0, 1, 2 are types 3, 4, 5 of version 2
	kind := d[1]>>5 + ethernet
	if n := int(d[0]&15) * 4; n > reportHeader1 && r.inner.parse(d, n, kind) {
		return true
	}
	return r.inner.parse(d, reportHeader1, kind)
}

// parse2 reads a group: version (4 bits), hardware (6), sequence number (22),
// node; and its reports, which must fill the datagram: type and type of what is
// inside (4 bits each), length and length of metadata in words (a byte each),
// flags.
func (r *intReport) parse2(d []byte) bool {
	first := be32(d)
	r.hardware, r.sequence, r.node = first>>22&0x3f, first&0x3fffff, be32(d[4:])
	found := false
	for off := groupHeader; off < len(d); {
		if len(d)-off < reportHeader2 || d[off]>>4 > 2 {
			return false
		}
		end := off + reportHeader2 + int(d[off+1])*4
		inner := off + reportHeader2
		if d[off]>>4 != 0 {
			inner += reportINT + int(d[off+2])*4
		}
		if end > len(d) || inner > end {
			return false
		}
		found = found || r.inner.parse(d[:end], inner, d[off]&15)
		off = end
	}
	return found
}

// parse reads the packet at offset off of a report, of the kinds of version 2: 3
// Ethernet, 4 IPv4, 5 IPv6.
func (q *innerPacket) parse(d []byte, off int, kind byte) bool {
	if q.framed = kind == 3; q.framed {
		if off, kind = skipEthernet(d, off); off == 0 {
			return false
		}
	}
	if off > len(d) {
		return false
	}
	q.ip = d[off:]
	n := 0
	switch b := q.ip; {
	case kind == 4 && len(b) >= 20 && b[0]>>4 == 4 && b[0]&15 >= 5 && be16(b[2:]) > 20:
		n, q.proto = int(b[0]&15)*4, b[9]
	case kind == 5 && len(b) >= 40 && b[0]>>4 == 6:
		n, q.proto = 40, b[6]
	}
	if n == 0 || len(q.ip) < n+4 || q.proto != ipTCP && q.proto != ipUDP {
		return false
	}
	q.off, q.transport = off+n, q.ip[n:]
	return true
}

// ipUDP is the number of UDP in IP headers.
const ipUDP = 17

// skipEthernet returns where the IP header behind an Ethernet header lies and
// its kind, 0 if there is none.
func skipEthernet(d []byte, off int) (at int, kind byte) {
	const addresses, tag = 12, 4
	for at = off + addresses; at+2 <= len(d); at += tag {
		switch etherType := uint16(be16(d[at:])); {
		case etherType == 0x0800:
			return at + 2, 4
		case etherType == 0x86dd:
			return at + 2, 5
		case !id.IsVLAN(etherType):
			return 0, 0
		}
	}
	return 0, 0
}

// payload returns where the payload of the packet starts in the report.
func (q *innerPacket) payload() int {
	switch {
	case q.proto == ipUDP:
		return q.off + 8
	case len(q.transport) > 12:
		return q.off + max(int(q.transport[12]>>4)*4, 20)
	}
	return q.off + len(q.transport)
}

// classifyIntReport believes a report that holds a frame; where reports are
// expected, a packet without a frame too.
func classifyIntReport(p *dpi.Packet, d []byte) dpi.Verdict {
	var r intReport
	ok := r.parse(d) && (r.inner.framed || p.HasPort(intReportPorts[0]) || p.HasPort(intReportPorts[1]))
	return verdict(ok)
}

// nextIntReport goes on with the telemetry of the packet inside. The length of
// the report says nothing about it: reports hold only the beginning of packets.
func nextIntReport(p *dpi.Packet, off int) (dpi.ProtocolID, int) {
	d := p.Bytes(off)
	var r intReport
	if !r.parse(d) {
		return dpi.Stop, off
	}
	at := r.inner.payload()
	if at > len(d) || transport.INTLength(d[at:], maxINTLength) == 0 {
		return dpi.Stop, off
	}
	return id.Int, off + at
}

// maxINTLength is more than telemetry can be long.
const maxINTLength = 4 * 256

func reportNumber(n dpi.AttributeID, name string, t dpi.DataType, get func(intReport) (uint64, bool)) dpi.Attribute {
	return dpi.Attribute{ID: n, Name: name, Type: t, Pos: dpi.PositionNotKnown,
		Extract: func(p *dpi.Packet, layer int, v *dpi.Value) bool {
			var r intReport
			if !r.parse(p.LayerBytes(layer)) {
				return false
			}
			number, ok := get(r)
			return ok && v.SetU(t, number)
		}}
}

// reportAddr is an address of the packet inside, if it is IPv4.
func reportAddr(n dpi.AttributeID, name string, from int) dpi.Attribute {
	return dpi.Attribute{ID: n, Name: name, Type: dpi.IP4Addr, Pos: dpi.PositionNotKnown,
		Extract: func(p *dpi.Packet, layer int, v *dpi.Value) bool {
			var r intReport
			return r.parse(p.LayerBytes(layer)) && r.inner.ip[0]>>4 == 4 && v.SetIP4(r.inner.ip[from:from+4])
		}}
}
