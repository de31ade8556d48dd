package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// SNMP is the simple network management protocol: version 1 (RFC 1157), 2c
// (RFC 1901) and 3 (RFC 3412).
var SNMP = dpi.Protocol{
	ID:         id.Snmp,
	Name:       "snmp",
	Attributes: snmpAttributes,
	Classifiers: []dpi.Classifier{
		{Parent: id.Udp, Weight: 80, Ports: []uint16{161, 162}, Classify: classifySNMP},
		{Parent: id.Tcp, Weight: 80, Ports: []uint16{161, 162}, Only: true, Classify: classifySNMP},
	},
}

// Tags of SNMP PDUs, RFC 3416 section 3.
const (
	snmpFirstPDU = 0xa0
	snmpLastPDU  = 0xa8
)

// classifySNMP asks for a message of one of the versions that fills the
// datagram, or on the ports of SNMP one that is cut.
func classifySNMP(p *dpi.Packet, d []byte) dpi.Verdict {
	if p.HasPort(161) || p.HasPort(162) {
		return onOwnPort(p, isSNMP(d, true))
	}
	return verdict(isSNMP(d, false))
}

// isSNMP tells whether d is a message, or, if it may be cut, the beginning of
// one.
func isSNMP(d []byte, cut bool) bool {
	if len(d) < 8 || d[0] != berSequence {
		return false
	}
	e, ok := ber(d)
	if !ok || len(e.rest) > 0 || !e.whole && !cut {
		return false
	}
	version, rest, ok := berUint(e.value)
	if !ok {
		return false
	}
	if version == 3 {
		return isSNMPv3(rest)
	}
	return version <= 2 && isSNMPCommunity(rest)
}

// isSNMPCommunity judges what follows the version of a message of version 1 or
// 2: a community and a PDU.
func isSNMPCommunity(d []byte) bool {
	community, ok := ber(d)
	if !ok || community.tag != berOctetString || !community.whole {
		return false
	}
	pdu, ok := ber(community.rest)
	return ok && pdu.tag >= snmpFirstPDU && pdu.tag <= snmpLastPDU && len(pdu.rest) == 0
}

// isSNMPv3 judges what follows the version of a message of version 3: header
// data (identifier, largest size, flags, security model), then security
// parameters (RFC 3412 section 6).
func isSNMPv3(d []byte) bool {
	header, ok := ber(d)
	if !ok || header.tag != berSequence || !header.whole {
		return false
	}
	_, rest, ok := berUint(header.value)
	if !ok {
		return false
	}
	if _, rest, ok = berUint(rest); !ok {
		return false
	}
	flags, ok := ber(rest)
	if !ok || flags.tag != berOctetString || flags.length != 1 {
		return false
	}
	security, ok := ber(header.rest)
	return ok && security.tag == berOctetString
}
