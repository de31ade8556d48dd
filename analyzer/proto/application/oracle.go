package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// Oracle is the Transparent Network Substrate of Oracle's database.
var Oracle = dpi.Protocol{
	ID:          id.Oracle,
	Name:        "oracle",
	Classifiers: []dpi.Classifier{{Parent: id.Tcp, Weight: 80, Ports: []uint16{oraclePort}, Classify: classifyOracle}},
}

const (
	oraclePort = 1521
	tnsHeader  = 8 // length, check sum, type, reserved, check sum of the header
)

// Types of packets.
const (
	tnsConnect  = 1
	tnsAccept   = 2
	tnsRefuse   = 4
	tnsRedirect = 5
	tnsData     = 6
	tnsResend   = 11
	tnsMarker   = 12
)

// classifyOracle expects a packet that opens a connection, or an answer to one:
// the length of two bytes is that of the whole, and check sums are not used.
func classifyOracle(p *dpi.Packet, d []byte) dpi.Verdict {
	switch {
	case len(d) > 4 && (d[4] == 0 || d[4] > tnsMarker+2):
		return dpi.No
	case len(d) < tnsHeader:
		return dpi.More
	}
	length := be16(d)
	if length == 0 { // from version 315 on lengths may have four bytes
		length = be16(d[2:])
	} else if d[2] != 0 || d[3] != 0 {
		return dpi.No
	}
	if length < tnsHeader || d[6] != 0 || d[7] != 0 || d[5]&^0x2c != 0 {
		return dpi.No
	}
	switch body := d[tnsHeader:]; d[4] {
	case tnsConnect:
		return isTNSConnect(body, length)
	case tnsAccept:
		if len(body) < 6 {
			return dpi.More
		}
		return verdict(length >= 24 && length <= 128 && isTNSVersion(be16(body)) && (length == len(d) || p.HasPort(oraclePort)))
	case tnsRefuse:
		return isTNSText(body, 4, length)
	case tnsRedirect:
		return isTNSText(body, 2, length)
	case tnsResend:
		if length != tnsHeader {
			return dpi.No
		}
		first, n := p.First(p.Dir ^ 1)
		return verdict(p.HasPort(oraclePort) || n >= 26 && first[4] == tnsConnect)
	case tnsData, tnsMarker: // in the middle
		return verdict(p.HasPort(oraclePort) && length == len(p.Stream))
	}
	return dpi.No
}

// isTNSVersion tells whether v is a version of the protocol: 300 (Oracle 8) to
// beyond 319 (Oracle 19).
func isTNSVersion(v int) bool { return v >= 300 && v < 360 }

// isTNSConnect judges a connect packet: version, oldest version accepted, sizes
// of data units, and where the description of the service is.
func isTNSConnect(body []byte, length int) dpi.Verdict {
	const fields = 20 // up to and including the offset of the description
	if len(body) < fields {
		return dpi.More
	}
	size, at := be16(body[16:]), be16(body[18:])
	return verdict(isTNSVersion(be16(body)) && be16(body[2:]) <= be16(body) && at >= 26 && at < 256 && (at+size == length || length == at))
}

// isTNSText judges a refusal or redirection: codes of n bytes in all, the last
// two of which are the length of a text in parentheses.
func isTNSText(body []byte, n, length int) dpi.Verdict {
	if len(body) <= n {
		return dpi.More
	}
	return verdict(be16(body[n-2:])+n+tnsHeader == length && body[n] == '(')
}
