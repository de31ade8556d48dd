package transport

import (
	"encoding/binary"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// tcpAttributes are the attributes of TCP: those of the header, and what
// dpi.TCPInfo says. Flags read 0 or 1.
var tcpAttributes = []dpi.Attribute{
	{ID: 1, Name: "src_port", Type: dpi.U16, Pos: 0},
	{ID: 2, Name: "dest_port", Type: dpi.U16, Pos: 2},
	{ID: 3, Name: "seq_nb", Type: dpi.U32, Pos: 4},
	{ID: 4, Name: "ack_nb", Type: dpi.U32, Pos: 8},
	{ID: 5, Name: "data_offset", Type: dpi.U8, Pos: 12, Extract: tcpDataOffset},
	{ID: 6, Name: "flags", Type: dpi.U8, Pos: 13},
	{ID: 7, Name: "fin", Type: dpi.U8, Pos: 13, Extract: tcpFlag(0)},
	{ID: 8, Name: "syn", Type: dpi.U8, Pos: 13, Extract: tcpFlag(1)},
	{ID: 9, Name: "rst", Type: dpi.U8, Pos: 13, Extract: tcpFlag(2)},
	{ID: 10, Name: "psh", Type: dpi.U8, Pos: 13, Extract: tcpFlag(3)},
	{ID: 11, Name: "ack", Type: dpi.U8, Pos: 13, Extract: tcpFlag(4)},
	{ID: 12, Name: "urg", Type: dpi.U8, Pos: 13, Extract: tcpFlag(5)},
	{ID: 13, Name: "ece", Type: dpi.U8, Pos: 13, Extract: tcpFlag(6)},
	{ID: 14, Name: "cwr", Type: dpi.U8, Pos: 13, Extract: tcpFlag(7)},
	{ID: 15, Name: "window", Type: dpi.U16, Pos: 14},
	{ID: 16, Name: "checksum", Type: dpi.U16, Pos: 16},
	{ID: 17, Name: "urg_pointer", Type: dpi.U16, Pos: 18},
	{ID: 18, Name: "rtt", Type: dpi.TimeVal, Pos: dpi.PositionNotKnown, Scope: dpi.ScopeEvent, Extract: tcpRTT},
	tcpEvent(19, "syn_received", dpi.U32, func(t *dpi.TCPInfo) bool { return t.SynReceived }),
	tcpSession(20, "retransmission", func(t *dpi.TCPInfo) uint64 { return bit(t.Retransmitted) }),
	tcpSession(21, "outoforder", func(t *dpi.TCPInfo) uint64 { return bit(t.OutOfOrder) }),
	tcpSession(22, "tcp_session_retransmission", func(t *dpi.TCPInfo) uint64 {
		return uint64(t.Retransmissions[0]) + uint64(t.Retransmissions[1])
	}),
	tcpSession(23, "tcp_session_payload_up_len", func(t *dpi.TCPInfo) uint64 { return uint64(t.UpLen) }),
	{ID: 24, Name: "tcp_session_payload_up", Type: dpi.Pointer, Pos: dpi.PositionNotKnown, Extract: tcpStream(dpi.Up)},
	tcpSession(25, "tcp_session_payload_down_len", func(t *dpi.TCPInfo) uint64 { return uint64(t.DownLen) }),
	{ID: 26, Name: "tcp_session_payload_down", Type: dpi.Pointer, Pos: dpi.PositionNotKnown, Extract: tcpStream(dpi.Down)},
	{ID: 27, Name: "payload_len", Type: dpi.U32, Pos: dpi.PositionNotKnown, Extract: tcpPayloadLength},
	tcpEvent(28, "closed", dpi.U8, func(t *dpi.TCPInfo) bool { return t.Closed }),
	tcpEvent(29, "established", dpi.U8, func(t *dpi.TCPInfo) bool { return t.Established }),
	{ID: 30, Name: "tsval", Type: dpi.U32, Pos: dpi.PositionNotKnown, Extract: tcpTimestamp(2)},
	{ID: 31, Name: "tsecr", Type: dpi.U32, Pos: dpi.PositionNotKnown, Extract: tcpTimestamp(6)},
}

func bit(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}

// tcpDataOffset reads the length of the header in words of four bytes.
func tcpDataOffset(p *dpi.Packet, layer int, v *dpi.Value) bool {
	b := p.LayerBytes(layer)
	return len(b) >= minTCPHeader && v.SetU(dpi.U8, uint64(b[12]>>4))
}

// tcpFlag reads the nth flag, counted from the lowest.
func tcpFlag(n uint) dpi.ExtractFunc {
	return func(p *dpi.Packet, layer int, v *dpi.Value) bool {
		b := p.LayerBytes(layer)
		return len(b) >= minTCPHeader && v.SetU(dpi.U8, uint64(b[13]>>n&1))
	}
}

// keyed tells whether the packet's session is that of the given transport
// layer.
func keyed(p *dpi.Packet, layer int) bool {
	t := p.Tuple()
	return p.Flow != nil && t != nil && int(t.Transport) == layer
}

// tcpEvent makes an attribute that is 1 on the packets where something happened
// and absent on the others.
func tcpEvent(number dpi.AttributeID, name string, t dpi.DataType, happened func(*dpi.TCPInfo) bool) dpi.Attribute {
	return dpi.Attribute{ID: number, Name: name, Type: t, Pos: dpi.PositionNotKnown, Scope: dpi.ScopeEvent,
		Extract: func(p *dpi.Packet, layer int, v *dpi.Value) bool {
			return keyed(p, layer) && happened(&p.TCP) && v.SetU(t, 1)
		}}
}

// tcpSession makes an attribute that reads a number of the session table's.
func tcpSession(number dpi.AttributeID, name string, read func(*dpi.TCPInfo) uint64) dpi.Attribute {
	return dpi.Attribute{ID: number, Name: name, Type: dpi.U32, Pos: dpi.PositionNotKnown,
		Extract: func(p *dpi.Packet, layer int, v *dpi.Value) bool {
			return keyed(p, layer) && v.SetU(dpi.U32, read(&p.TCP))
		}}
}

func tcpRTT(p *dpi.Packet, layer int, v *dpi.Value) bool {
	return keyed(p, layer) && p.TCP.RTT > 0 && v.SetU(dpi.TimeVal, uint64(p.TCP.RTT))
}

// tcpStream reads what the packet adds to the payload of one direction.
func tcpStream(d dpi.Direction) dpi.ExtractFunc {
	return func(p *dpi.Packet, layer int, v *dpi.Value) bool {
		return keyed(p, layer) && p.Dir == d && len(p.Stream) > 0 && v.SetBytes(dpi.Pointer, p.Stream)
	}
}

// tcpPayloadLength reads the length of the payload on the wire, which the IP
// header tells even where the capture is cut.
func tcpPayloadLength(p *dpi.Packet, layer int, v *dpi.Value) bool {
	b := p.LayerBytes(layer)
	h := tcpHeader(b)
	if h == nil {
		return false
	}
	n := len(b)
	if declared := declaredLength(p, layer); declared >= len(h) {
		n = declared
	}
	return v.SetU(dpi.U32, uint64(n-len(h)))
}

// declaredLength returns how many bytes the IP header right before a layer says
// the layer has, 0 if it does not tell, as that of a fragment.
func declaredLength(p *dpi.Packet, layer int) int {
	layers := p.Layers()
	if layer < 1 || layer >= len(layers) || isPart(p, layer-1) {
		return 0
	}
	ip := p.LayerBytes(layer - 1)
	header := int(layers[layer].Off) - int(layers[layer-1].Off)
	switch {
	case layers[layer-1].Proto == id.Ip && len(ip) >= 20:
		return max(int(binary.BigEndian.Uint16(ip[2:]))-header, 0)
	case layers[layer-1].Proto == id.Ipv6 && len(ip) >= 40 && binary.BigEndian.Uint16(ip[4:]) != 0:
		return max(int(binary.BigEndian.Uint16(ip[4:]))+40-header, 0)
	}
	return 0
}

// isPart tells whether an IP layer is a fragment.
func isPart(p *dpi.Packet, layer int) bool {
	for i := range p.Tuples() {
		if t := &p.Tuples()[i]; int(t.Layer) == layer {
			return t.Part
		}
	}
	return false
}

// Kinds of options: RFC 9293 section 3.2, and RFC 7323 section 3 for timestamps.
const (
	optionEnd       = 0
	optionNothing   = 1
	optionTimestamp = 8
)

// tcpOption returns an option with its kind and length bytes, nil if the header
// does not have it.
func tcpOption(h []byte, kind byte) []byte {
	if len(h) < minTCPHeader {
		return nil
	}
	for b := h[minTCPHeader:]; len(b) > 0 && b[0] != optionEnd; {
		n := 1
		if b[0] != optionNothing {
			if len(b) < 2 || b[1] < 2 || int(b[1]) > len(b) {
				return nil
			}
			n = int(b[1])
		}
		if b[0] == kind {
			return b[:n]
		}
		b = b[n:]
	}
	return nil
}

// tcpTimestamp reads one of the two timestamps, by its place in the option.
func tcpTimestamp(at int) dpi.ExtractFunc {
	return func(p *dpi.Packet, layer int, v *dpi.Value) bool {
		o := tcpOption(tcpHeader(p.LayerBytes(layer)), optionTimestamp)
		return len(o) == 10 && v.SetU(dpi.U32, uint64(binary.BigEndian.Uint32(o[at:])))
	}
}
