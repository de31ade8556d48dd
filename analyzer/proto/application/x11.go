package application

import (
	"encoding/binary"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// X11 is the X Window System protocol, version 11 (X.Org, "X Window System
// Protocol", chapter 8), told by how a client or a server opens a connection.
var X11 = dpi.Protocol{
	ID:          id.X11,
	Name:        "x11",
	Classifiers: []dpi.Classifier{{Parent: id.Tcp, Weight: 80, Ports: []uint16{6000, 6001}, Classify: classifyX11}},
}

// x11Setup is the length of a connection's set-up before the strings.
const x11Setup = 12

func classifyX11(p *dpi.Packet, d []byte) dpi.Verdict {
	switch {
	case len(d) == 0:
		return dpi.More
	case d[0] == 'B':
		return isX11Client(d, binary.BigEndian)
	case d[0] == 'l':
		return isX11Client(d, binary.LittleEndian)
	case d[0] == 1:
		return isX11Server(d)
	}
	return dpi.No
}

// isX11Client judges a client's set-up: byte order, version, and the lengths of
// the authorisation's name and data, which follow.
func isX11Client(d []byte, order binary.ByteOrder) dpi.Verdict {
	if len(d) < x11Setup {
		return dpi.More
	}
	name, data := int(order.Uint16(d[6:])), int(order.Uint16(d[8:]))
	if order.Uint16(d[2:]) != 11 || order.Uint16(d[4:]) != 0 || name > 64 || data > 512 {
		return dpi.No
	}
	whole := x11Setup + pad4(name) + pad4(data)
	if len(d) < whole {
		return dpi.More
	}
	if !isPrintable(d[x11Setup : x11Setup+name]) {
		return dpi.No
	}
	return dpi.Yes
}

// isX11Server judges a server's consent: version, the length of what follows in
// units of four bytes, and the release that it starts with.
func isX11Server(d []byte) dpi.Verdict {
	if len(d) < 44 {
		return dpi.More
	}
	order := binary.ByteOrder(binary.LittleEndian)
	if d[2] == 0 {
		order = binary.BigEndian
	}
	rest := int(order.Uint16(d[6:]))
	vendor := int(order.Uint16(d[24:]))
	if d[1] != 0 || order.Uint16(d[2:]) != 11 || order.Uint16(d[4:]) != 0 || 4*rest < 32+pad4(vendor) || vendor > 256 {
		return dpi.No
	}
	return dpi.Yes
}

// pad4 rounds n up to a multiple of four.
func pad4(n int) int { return (n + 3) &^ 3 }
