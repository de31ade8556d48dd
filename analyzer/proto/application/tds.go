package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// MSSQL is the Tabular Data Stream of Microsoft's SQL Server (MS-TDS) and the
// search for servers (MC-SQLR), TDS the older versions of the protocol that
// Sybase uses (TDS 4 and 5).
var (
	MSSQL = dpi.Protocol{
		ID:   id.Mssql,
		Name: "mssql",
		Classifiers: []dpi.Classifier{
			{Parent: id.Tcp, Weight: 80, Ports: []uint16{mssqlPort}, Classify: classifyMSSQL},
			{Parent: id.Udp, Weight: 80, Ports: []uint16{mssqlPort + 1}, Only: true, Classify: classifySQLBrowser},
		},
	}
	TDS = dpi.Protocol{
		ID:          id.Tds,
		Name:        "tds",
		Classifiers: []dpi.Classifier{{Parent: id.Tcp, Weight: 80, Ports: []uint16{5000}, Classify: classifyTDS}},
	}
)

const (
	mssqlPort = 1433
	tdsHeader = 8 // type, status, length, channel, number, window
)

// Types of packets, MS-TDS section 2.2.3.1.1.
const (
	tdsBatch        = 0x01
	tdsOldLogin     = 0x02
	tdsRPC          = 0x03
	tdsResult       = 0x04
	tdsAttention    = 0x06
	tdsBulk         = 0x07
	tdsTransaction  = 0x0e
	tdsLogin7       = 0x10
	tdsPreLogin     = 0x12
	tdsEndOfMessage = 0x01 // status: the last packet of a message
)

// tdsPacket judges the header at the beginning of d and returns what follows it
// in the packet, as much as there is.
func tdsPacket(d []byte) (length int, body []byte, v dpi.Verdict) {
	if len(d) < tdsHeader {
		for i, c := range d {
			if i == 0 && (c == 0 || c > tdsPreLogin) || i == 1 && c&^0x1f != 0 {
				return 0, nil, dpi.No
			}
		}
		return 0, nil, dpi.More
	}
	length = be16(d[2:])
	if d[1]&^0x1f != 0 || length < tdsHeader || length > 32767 || d[7] != 0 {
		return 0, nil, dpi.No
	}
	return length, d[tdsHeader:min(len(d), length)], dpi.Yes
}

func classifyMSSQL(p *dpi.Packet, d []byte) dpi.Verdict {
	length, body, v := tdsPacket(d)
	if v != dpi.Yes {
		return v
	}
	switch d[0] {
	case tdsPreLogin, tdsResult:
		if v := isPreLogin(body); v != dpi.No {
			return v
		}
	case tdsLogin7:
		if len(body) < 36 {
			return dpi.More
		}
		// The length of the whole login, little endian, and a version of 7.0 to 7.4.
		return verdict(int(le32(body)) >= length-tdsHeader && le32(body) < 1<<17 && body[7] >= 0x70 && body[7] <= 0x74)
	}
	return isTDSMiddle(p)
}

// isPreLogin judges the options of MS-TDS section 2.2.6.5: each with a type, an
// offset and a length, the first of which is the version; then 255, then what
// the first offset points to.
func isPreLogin(body []byte) dpi.Verdict {
	if len(body) > 0 && body[0] != 0 {
		return dpi.No
	}
	for i := 0; ; i += 5 {
		switch {
		case i >= len(body):
			return dpi.More
		case body[i] == 0xff:
			return verdict(i >= 5 && be16(body[1:]) == i+1 && be16(body[3:]) == 6)
		case i > 0 && body[i] > 7 || i > 60:
			return dpi.No
		}
	}
}

// isTDSMiddle judges a segment in the middle of a connection: a packet that is
// the last of its message, the first too, and fills the segment. On the port a
// packet that is not the last will do.
func isTDSMiddle(p *dpi.Packet) dpi.Verdict {
	d := p.Stream
	length, _, v := tdsPacket(d)
	if v != dpi.Yes || length == tdsHeader && d[0] != tdsAttention {
		return dpi.No
	}
	switch d[0] {
	case tdsBatch, tdsRPC, tdsResult, tdsAttention, tdsBulk, tdsTransaction:
	default:
		return dpi.No
	}
	if p.HasPort(mssqlPort) {
		return verdict(length == len(d) || length > len(d) && length&0x1ff == 0)
	}
	return verdict(length == len(d) && d[1]&tdsEndOfMessage != 0 && d[6] == 1)
}

// tdsLoginLength is that of the packets of a login of TDS 4 and 5.
const tdsLoginLength = 512

// classifyTDS expects a login: names in fields of 30 bytes, each with its length
// behind it.
func classifyTDS(_ *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) > 0 && d[0] != tdsOldLogin {
		return dpi.No
	}
	length, body, v := tdsPacket(d)
	if v != dpi.Yes {
		return v
	}
	if length != tdsLoginLength && length > 1024 || length < 256 {
		return dpi.No
	}
	const field = 31
	if len(body) < 3*field {
		return dpi.More
	}
	for range 3 { // host, user, password
		n := int(body[field-1])
		if n >= field || !isPrintable(body[:n]) || !isZero(body[n:field-1]) {
			return dpi.No
		}
		body = body[field:]
	}
	return dpi.Yes
}

// classifySQLBrowser expects a question of MC-SQLR section 2.2, or an answer: its
// length and the name of the server.
func classifySQLBrowser(_ *dpi.Packet, d []byte) dpi.Verdict {
	switch {
	case len(d) == 1 && (d[0] == 2 || d[0] == 3):
		return dpi.More
	case len(d) > 2 && d[0] == 4 && d[len(d)-1] == 0 && isPrintable(d[1:len(d)-1]):
		return dpi.Yes
	case len(d) > 14 && d[0] == 5 && le16(d[1:]) == len(d)-3:
		return startsWith(d[3:], "ServerName;")
	}
	return dpi.No
}
