package application

import "mmt/analyzer/dpi"

// The header of the Micro Transport Protocol (BEP 29): type and version,
// extension, connection, two times of 32 bits, window, sequence and
// acknowledgement numbers of 16.
const (
	utpHeader = 20
	utpSyn    = 4
	utpTypes  = 5
)

// utpPayload returns what follows the header and the extensions of a uTP
// packet. ok is false if d is none.
func utpPayload(d []byte) (payload []byte, ok bool) {
	if len(d) < utpHeader || d[0]&15 != 1 || d[0]>>4 >= utpTypes {
		return nil, false
	}
	extension, rest := d[1], d[utpHeader:]
	for n := 0; extension != 0; n++ {
		if extension > 3 || len(rest) < 2 || len(rest) < 2+int(rest[1]) || n == 4 {
			return nil, false
		}
		extension, rest = rest[0], rest[2+int(rest[1]):]
	}
	return rest, true
}

// classifyUTP recognises uTP by a packet that opens a connection, by a peer's
// handshake inside, or by the two ends of a connection.
func classifyUTP(p *dpi.Packet, d []byte) dpi.Verdict {
	payload, ok := utpPayload(d)
	if !ok {
		return dpi.No
	}
	if d[0]>>4 == utpSyn {
		return verdict(len(payload) == 0 && be32(d[8:]) == 0 && be16(d[18:]) == 0)
	}
	if startsWith(payload, btHandshake) == dpi.Yes {
		return dpi.Yes
	}
	other, n := p.First(p.Dir ^ 1)
	if n == 0 {
		return dpi.More
	}
	return verdict(n >= utpHeader && isUTPPair(d, other))
}

// isUTPPair tells whether a and b are of the two directions of one connection:
// the numbers by which the ends know it differ by one, and one end acknowledges
// about what the other has sent.
func isUTPPair(a, b []byte) bool {
	if b[0]&15 != 1 || b[0]>>4 >= utpTypes {
		return false
	}
	step := uint16(be16(a[2:]) - be16(b[2:]))
	return (step == 1 || step == 0xffff) && (isNear(a[18:], b[16:]) || isNear(b[18:], a[16:]))
}

// isNear tells whether an acknowledgement number lies within 64 packets of a
// sequence number.
func isNear(ack, seq []byte) bool {
	return uint16(be16(ack)-be16(seq)+64) < 128
}
