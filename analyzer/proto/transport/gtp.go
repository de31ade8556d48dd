package transport

import (
	"encoding/binary"

	"mmt/analyzer/proto/link"
)

// Parts of GTP headers: 3GPP TS 29.281 section 5.1 (user plane) and TS 29.060
// section 6 (control plane), both version 1.
const (
	gtpHeader      = 8
	gtpLongHeader  = 12 // with sequence number, N-PDU number and next extension
	gtpOptions     = 0x07
	gtpHasNext     = 0x04
	gtpTPDU        = 255
	gtpv0Header    = 20
	gtpPrimeHeader = 6
	gtpv2Header    = 8
)

// GTPLength returns the length of a GTP version 1 header with its extension
// headers, 0 if d ends before.
func GTPLength(d []byte) int {
	if len(d) < gtpHeader {
		return 0
	}
	if d[0]&gtpOptions == 0 {
		return gtpHeader
	}
	if len(d) < gtpLongHeader {
		return 0
	}
	if d[0]&gtpHasNext == 0 {
		return gtpLongHeader
	}
	n, next := gtpLongHeader, d[gtpLongHeader-1]
	for next != 0 {
		if n >= len(d) || d[n] == 0 || n+int(d[n])*4 > len(d) {
			return 0
		}
		n += int(d[n]) * 4
		next = d[n-1]
	}
	return n
}

// isGTPv1 expects version 1, protocol type GTP, nothing in the spare bit, and
// the right length.
func isGTPv1(d []byte, declared int) bool {
	return len(d) >= gtpHeader && d[0]>>3 == 6 && int(binary.BigEndian.Uint16(d[2:])) == declared-gtpHeader &&
		(d[0]&gtpOptions == 0 || len(d) >= gtpLongHeader)
}

// isGTPUser expects one of the messages of the user plane; user packets may be
// of any kind, but mostly are IP.
func isGTPUser(d []byte, declared int) bool {
	if !isGTPv1(d, declared) {
		return false
	}
	switch d[1] {
	case 1, 2, 26, 31, 253, 254:
		return true
	case gtpTPDU:
		return GTPLength(d) > 0
	}
	return false
}

// isGTPControl expects one of the messages of the control plane, which have a
// sequence number.
func isGTPControl(d []byte, declared int) bool {
	const sequence = 0x02
	return isGTPv1(d, declared) && d[0]&sequence != 0 && (d[1] >= 1 && d[1] <= 70 || d[1] >= 96 && d[1] <= 129)
}

// isGTPv0 expects version 0 of the user plane or the control plane: GSM 09.60
// section 6.
func isGTPv0(d []byte, declared int) bool {
	return len(d) >= gtpv0Header && d[0]&0xfe == 0x1e && d[1] != 0 &&
		int(binary.BigEndian.Uint16(d[2:])) == declared-gtpv0Header
}

// isGTPPrime expects a message of the charging protocol: TS 32.295 section 6.1.
func isGTPPrime(d []byte, declared int) bool {
	if len(d) < gtpPrimeHeader || d[0]>>5 > 2 || d[0]&0x1e != 0x0e {
		return false
	}
	header := gtpPrimeHeader
	if d[0]>>5 == 0 && d[0]&1 == 0 {
		header = gtpv0Header
	}
	known := d[1] >= 1 && d[1] <= 7 || d[1] == 240 || d[1] == 241
	return known && int(binary.BigEndian.Uint16(d[2:])) == declared-header
}

// isGTPv2 expects version 2 (TS 29.274 section 5.1) and the right length, or
// another message after it.
func isGTPv2(d []byte, declared int) bool {
	const piggybacked, spare = 0x10, 0x03
	if len(d) < gtpv2Header || d[0]>>5 != 2 || d[0]&spare != 0 || d[1] == 0 {
		return false
	}
	end := int(binary.BigEndian.Uint16(d[2:])) + 4
	if end < gtpv2Header {
		return false
	}
	if d[0]&piggybacked != 0 {
		return end < len(d) && d[end]>>5 == 2
	}
	return end == declared
}

// InnerIP tells which version of IP b may start with, 0 for none.
func InnerIP(b []byte) int {
	switch {
	case link.LooksIP4(b):
		return 4
	case link.LooksIP6(b):
		return 6
	}
	return 0
}
