package application

import (
	"bytes"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// ISCSI is SCSI over TCP (RFC 7143), told by the login, or on its port by
// headers of both directions.
var ISCSI = dpi.Protocol{
	ID:          id.Iscsi,
	Name:        "iscsi",
	Classifiers: []dpi.Classifier{{Parent: id.Tcp, Weight: 80, Ports: []uint16{iscsiPort}, Classify: classifyISCSI}},
}

const (
	iscsiPort   = 3260
	iscsiHeader = 48
)

// Opcodes, RFC 7143 section 11.1.
const (
	iscsiImmediate     = 0x40
	iscsiLogin         = 0x03
	iscsiLoginResponse = 0x23
)

func classifyISCSI(p *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) == 0 || !isISCSIOpcode(d[0]) {
		return dpi.No
	}
	if len(d) < iscsiHeader {
		return dpi.More
	}
	data := int(be32(d[4:]) & 0xffffff)
	switch {
	case d[4] != 0 || data > 1<<20: // no additional headers
		return dpi.No
	case d[0]&^iscsiImmediate == iscsiLogin || d[0] == iscsiLoginResponse:
		return isISCSIText(d[iscsiHeader:], data)
	case !p.HasPort(iscsiPort) || iscsiHeader+pad4(data) != len(p.Stream):
		return dpi.No
	}
	// One side asks, the other answers.
	if first, n := p.First(p.Dir ^ 1); n >= iscsiHeader && isISCSIOpcode(first[0]) && (first[0]^d[0])&0x20 != 0 {
		return dpi.Yes
	}
	return dpi.More
}

// isISCSIOpcode tells whether b is the first byte of a header: of a request,
// perhaps immediate, or of a response.
func isISCSIOpcode(b byte) bool {
	op := b &^ iscsiImmediate
	return op <= 0x06 || op == 0x10 || b >= 0x20 && b <= 0x26 || b == 0x31 || b == 0x32 || b == 0x3f
}

// isISCSIText judges the first of the keys that a login negotiates: "key=value"
// with a zero behind it (RFC 7143 section 6.1).
func isISCSIText(d []byte, size int) dpi.Verdict {
	if size == 0 {
		return dpi.No
	}
	if len(d) > size {
		d = d[:size]
	}
	if i := bytes.IndexByte(d, 0); i > 0 {
		d = d[:i]
	} else if len(d) < min(size, 256) {
		return dpi.More
	}
	key, _, found := bytes.Cut(d, []byte{'='})
	if !found || len(key) < 4 || key[0] < 'A' || key[0] > 'Z' || !isPrintable(d) {
		return dpi.No
	}
	return dpi.Yes
}
