package industrial

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// MELSEC is Mitsubishi's messages for controllers, also known as SLMP
// ("MELSEC Communication Protocol Reference Manual", SH-080008), in its binary
// frames 3E and 4E: a subheader, with a serial number in 4E, the way to the
// station, and the length of what follows; numbers are little endian.
var MELSEC = dpi.Protocol{
	ID:          id.MitsubishiMelsec,
	Name:        "mitsubishi_melsec",
	Classifiers: over(80, isMELSEC, []uint16{5000, 5001, 5002, 5006, 5007, 5010, 5562}, false, id.Tcp, id.Udp),
}

// Lengths of the way with the length field, and of an answer in a frame 3E.
const (
	melsecRoute    = 7
	melsecShortest = 2 + melsecRoute + 2
)

func isMELSEC(p *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) < melsecShortest || d[0]&0x54 == 0x54 && len(d) < melsecShortest+4 {
		return short(p)
	}
	route := d[2:]
	switch be.Uint16(d) {
	case 0x5000, 0xd000: // 3E: request, response
	case 0x5400, 0xd400: // 4E: a serial number and zero
		if le.Uint16(d[4:]) != 0 {
			return dpi.No
		}
		route = d[6:]
	default:
		return dpi.No
	}
	if !melsecBody(route, d[0]&0x80 != 0) {
		return dpi.No
	}
	return verdictAt(p, int(le.Uint16(route[5:])) == len(route)-melsecRoute)
}

// melsecBody checks network, station number, module (a processor's I/O number),
// multidrop station, that the length is not too short, and the command of a
// request.
func melsecBody(route []byte, response bool) bool {
	if route[0] > 239 || route[4] > 31 || int(le.Uint16(route[5:])) < len(route)-melsecRoute {
		return false
	}
	if io := le.Uint16(route[2:]); io != 0x3ff && (io < 0x3d0 || io > 0x3e3) {
		return false
	}
	if response {
		return true
	}
	if le.Uint16(route[5:]) < 6 || le.Uint16(route[5:]) > 1<<13 {
		return false
	}
	return len(route) < melsecRoute+4 || melsecCommand(le.Uint16(route[melsecRoute+2:]))
}

// melsecCommand tells whether a command is of one of the documented groups:
// memory, devices, remote control, drives and files, node search, blocks, labels.
func melsecCommand(c uint16) bool {
	switch c >> 8 {
	case 0x01, 0x02, 0x04, 0x06, 0x08, 0x0e, 0x10, 0x14, 0x16, 0x18, 0x30:
		return true
	}
	return false
}
