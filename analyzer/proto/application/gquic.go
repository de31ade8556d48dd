package application

import (
	"bytes"
	"encoding/binary"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// QUIC is Google's QUIC, versions Q024 to Q050 and T05x ("QUIC Wire Layout
// Specification" and "QUIC Crypto", Chromium project). Before Q050 the client's
// hello is in the clear.
var QUIC = dpi.Protocol{
	ID:     id.Quic,
	Name:   "quic",
	Hosted: true,
	Classifiers: []dpi.Classifier{
		{Parent: id.Udp, Weight: 94, Ports: []uint16{443, 80}, Classify: classifyGQUIC},
	},
	Inspect: inspectGQUIC,
	State:   dpi.NewState(freeQUIC),
	Context: func() any { return new(quicContext) },
}

// Flags of the public header of gQUIC.
const (
	gquicVersionFlag = 0x01
	gquicResetFlag   = 0x02
	gquicCIDFlag     = 0x08
)

// isGQUICVersion tells the version numbers of gQUIC: "Q0" or "T0" and two
// digits.
func isGQUICVersion(v uint32) bool {
	return (v>>16 == 0x5130 || v>>16 == 0x5430) && v>>8&0xff-'0' < 10 && v&0xff-'0' < 10
}

// classifyGQUIC looks for a version number in the header, else, in what a
// server sends, for a handshake message or a reset.
func classifyGQUIC(_ *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) < 12 {
		return dpi.No
	}
	if d[0]&0x80 != 0 {
		if isGQUICVersion(binary.BigEndian.Uint32(d[1:])) && d[0]&0x40 != 0 {
			return dpi.Yes
		}
		return dpi.No
	}
	flags, off := d[0], 1
	if flags&gquicCIDFlag != 0 {
		off += 8
	}
	switch {
	case flags&gquicVersionFlag != 0 && flags&gquicResetFlag == 0 && len(d) > off+4:
		if isGQUICVersion(binary.BigEndian.Uint32(d[off:])) {
			return dpi.Yes
		}
	case flags&gquicResetFlag != 0 && flags&gquicCIDFlag != 0:
		if string(d[off:min(off+4, len(d))]) == "PRST" {
			return dpi.Yes
		}
	case flags&gquicVersionFlag == 0 && gquicMessageIn(d[off:min(len(d), off+gquicReach)]):
		return dpi.Yes
	}
	return dpi.No
}

// gquicReach is how far into a packet its handshake message can start: nonce,
// packet number, hash, frames before it.
const gquicReach = 160

// gquicMessageIn tells whether a handshake message of a server starts in d.
func gquicMessageIn(d []byte) bool {
	for _, tag := range [...]string{"REJ\x00", "SHLO", "SREJ"} {
		if i := bytes.Index(d, []byte(tag)); i >= 0 && gquicEntries(d[i:]) > 0 {
			return true
		}
	}
	return false
}

// gquicEntries returns how many values a handshake message has: a tag, the
// count of values, and for each a tag and where it ends, little endian. It
// returns 0 if d, which may be cut, does not begin with one.
func gquicEntries(m []byte) int {
	if len(m) < 8 || m[6] != 0 || m[7] != 0 {
		return 0
	}
	n := int(binary.LittleEndian.Uint16(m[4:]))
	if n == 0 || n > 128 || len(m) < 8+3*8 {
		return 0
	}
	var last uint32
	for at := 8; at < 8+8*n && at+8 <= len(m); at += 8 {
		end := binary.LittleEndian.Uint32(m[at+4:])
		if end < last || end > 1<<16 {
			return 0
		}
		last = end
	}
	return n
}

// gquicServerName returns the server name of the client's hello in d, nil if
// there is none.
func gquicServerName(d []byte) []byte {
	i := bytes.Index(d, []byte("CHLO"))
	if i < 0 {
		return nil
	}
	m := d[i:]
	n := gquicEntries(m)
	values := 8 + 8*n
	start := 0
	for at := 8; at < values && values <= len(m); at += 8 {
		end := int(binary.LittleEndian.Uint32(m[at+4:]))
		if string(m[at:at+4]) == "SNI\x00" && values+end <= len(m) {
			if name := m[values+start : values+end]; isHostName(name) {
				return name
			}
			return nil
		}
		start = end
	}
	return nil
}

// inspectGQUIC learns the server's name from the client's hello.
func inspectGQUIC(p *dpi.Packet, d []byte) (done bool) {
	if len(d) > 5 && d[0]&0x80 != 0 && isLateGQUIC(binary.BigEndian.Uint32(d[1:])) {
		return inspectQUIC(p, d, id.Quic)
	}
	p.SetHost(gquicServerName(d))
	return p.Flow.Host != 0
}
