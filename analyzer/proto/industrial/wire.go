package industrial

import (
	"encoding/binary"

	"mmt/analyzer/dpi"
)

var (
	be = binary.BigEndian
	le = binary.LittleEndian
)

// yesIf turns a test that needs no more payload into a verdict.
func yesIf(ok bool) dpi.Verdict {
	if ok {
		return dpi.Yes
	}
	return dpi.No
}

// short is the verdict about a payload that is not all there: over TCP the rest
// may come.
func short(p *dpi.Packet) dpi.Verdict {
	if p.Flow.L4 == 6 {
		return dpi.More
	}
	return dpi.No
}

// verdictAt is Yes where a message ends with the payload, and waits for its rest
// where it does not.
func verdictAt(p *dpi.Packet, end bool) dpi.Verdict {
	if end {
		return dpi.Yes
	}
	return short(p)
}

// over returns the same classifier over each of several parents.
func over(weight int, classify dpi.ClassifyFunc, ports []uint16, only bool, parents ...dpi.ProtocolID) []dpi.Classifier {
	var list []dpi.Classifier
	for _, parent := range parents {
		list = append(list, dpi.Classifier{Parent: parent, Weight: weight, Ports: ports, Only: only, Classify: classify})
	}
	return list
}

// crc16 computes a CRC of 16 bits, most significant bit first, no reflection.
func crc16(b []byte, poly, start uint16) uint16 {
	crc := start
	for _, c := range b {
		crc ^= uint16(c) << 8
		for range 8 {
			carry := crc&0x8000 != 0
			crc <<= 1
			if carry {
				crc ^= poly
			}
		}
	}
	return crc
}

// crc16Reflected computes a CRC of 16 bits, least significant bit first; poly
// is the reflected polynomial.
func crc16Reflected(b []byte, poly, start uint16) uint16 {
	crc := start
	for _, c := range b {
		crc ^= uint16(c)
		for range 8 {
			carry := crc&1 != 0
			crc >>= 1
			if carry {
				crc ^= poly
			}
		}
	}
	return crc
}
