package industrial

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// IEC62056 is DLMS/COSEM: over the TCP-UDP/IP wrapper (IEC 62056-47: version 1,
// two ports, length) or in HDLC frames of format type 3 (IEC 62056-46).
var IEC62056 = dpi.Protocol{
	ID:          id.Iec62056,
	Name:        "iec62056",
	Classifiers: over(80, isIEC62056, []uint16{4059, 4060}, false, id.Tcp, id.Udp),
}

func isIEC62056(p *dpi.Packet, d []byte) dpi.Verdict {
	if isDLMSWrapper(d) || isDLMSFrame(d) {
		return dpi.Yes
	}
	if dlmsBegins(d) {
		return short(p)
	}
	return dpi.No
}

func isDLMSWrapper(d []byte) bool {
	if len(d) < 11 || be.Uint16(d) != 1 || int(be.Uint16(d[6:])) != len(d)-8 {
		return false
	}
	source, destination := be.Uint16(d[2:]), be.Uint16(d[4:])
	switch d[8] { // the service: initiate, get, set, action, association, ...
	case 0x01, 0x05, 0x06, 0x08, 0x0c, 0x0d, 0x0e, 0x0f, 0x18, 0x60, 0x61, 0x62, 0x63,
		0xc0, 0xc1, 0xc2, 0xc3, 0xc4, 0xc5, 0xc7, 0xd8, 0xdb, 0xdc, 0xdd, 0xe0:
		return source != 0 || destination != 0
	}
	return false
}

// dlmsBegins tells whether d is the beginning of a wrapper or a frame whose
// length says that there is more.
func dlmsBegins(d []byte) bool {
	switch {
	case len(d) < 3:
		return true
	case d[0] == 0x7e:
		return d[1]&0xf0 == 0xa0 && int(be.Uint16(d[1:])&0x7ff) > len(d)-2
	case be.Uint16(d) == 1:
		return len(d) < 8 || int(be.Uint16(d[6:])) > len(d)-8
	}
	return false
}

// isDLMSFrame checks flags, format and length of an HDLC frame, and its check
// sequence.
func isDLMSFrame(d []byte) bool {
	n := len(d)
	if n < 9 || d[0] != 0x7e || d[n-1] != 0x7e || d[1]&0xf0 != 0xa0 {
		return false
	}
	if length := int(be.Uint16(d[1:]) & 0x7ff); length != n-2 {
		return false
	}
	return ^crc16Reflected(d[1:n-3], 0x8408, 0xffff) == le.Uint16(d[n-3:])
}
