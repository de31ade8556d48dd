package application

import (
	"encoding/binary"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// tlsServerNameOf gives the server's name on the packet that told it.
func tlsServerNameOf(p *dpi.Packet, _ int, v *dpi.Value) bool {
	c := dpi.Context[tlsContext](p.Handler(), id.Ssl)
	if c == nil || c.named != p.Index || p.Flow == nil {
		return false
	}
	return v.SetBytes(dpi.HeaderLine, p.Handler().Store.Bytes(p.Flow.Host))
}

// tlsRecordCount counts the records that start in a packet whose payload starts
// with one.
func tlsRecordCount(p *dpi.Packet, layer int, v *dpi.Value) bool {
	n, _, _ := tlsChain(p.LayerBytes(layer))
	return n > 0 && v.SetU(dpi.U16, uint64(n))
}

// tlsField reads a field of one or two bytes of the first record's header. A
// segment in the middle of a record has none.
func tlsField(pos, size int, t dpi.DataType) dpi.ExtractFunc {
	return func(p *dpi.Packet, layer int, v *dpi.Value) bool {
		d := p.LayerBytes(layer)
		if _, _, ok := tlsRecord(d); !ok {
			return false
		}
		n := uint64(d[pos])
		if size == 2 {
			n = uint64(binary.BigEndian.Uint16(d[pos:]))
		}
		return v.SetU(t, n)
	}
}
