package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// NFS is the Network File System, versions 2 to 4 (RFC 1094, 1813, 7530, 8881),
// over UDP and TCP. Its attributes are those of the first call or reply that a
// packet starts with; what a name needs more than one packet for is not there.
var NFS = dpi.Protocol{
	ID:   id.Nfs,
	Name: "nfs",
	Classifiers: []dpi.Classifier{
		{Parent: id.Tcp, Weight: 81, Ports: []uint16{nfsPort}, Classify: classifyNFS},
		{Parent: id.Udp, Weight: 81, Ports: []uint16{nfsPort}, Classify: classifyNFS},
	},
	Attributes: []dpi.Attribute{
		nfsNumber(1, "xid", 4, func(m rpcMessage) (uint32, bool) { return m.xid, true }),
		nfsNumber(2, "message_type", 8, func(m rpcMessage) (uint32, bool) {
			if m.reply {
				return 1, true
			}
			return 0, true
		}),
		nfsNumber(3, "rpc_version", dpi.PositionNotKnown, func(m rpcMessage) (uint32, bool) { return 2, !m.reply }),
		nfsNumber(4, "program", dpi.PositionNotKnown, func(m rpcMessage) (uint32, bool) { return m.program, !m.reply }),
		nfsNumber(5, "program_version", dpi.PositionNotKnown, func(m rpcMessage) (uint32, bool) { return m.version, !m.reply }),
		nfsNumber(6, "procedure", dpi.PositionNotKnown, func(m rpcMessage) (uint32, bool) { return m.procedure, !m.reply }),
		nfsText(7, "tag", func(c nfsCall) []byte { return c.tag }),
		nfsCompound(8, "minorversion", func(c nfsCall) uint32 { return c.minor }),
		{ID: 9, Name: "file_opcode", Type: dpi.U32, Pos: dpi.PositionNotKnown, Extract: nfsOpcode},
		nfsText(10, "file_name", func(c nfsCall) []byte { return c.name }),
		nfsText(11, "file_new_name", func(c nfsCall) []byte { return c.newName }),
		nfsCompound(12, "nb_operations", func(c nfsCall) uint32 { return c.operations }),
	},
}

func classifyNFS(p *dpi.Packet, d []byte) dpi.Verdict {
	m, v := rpcOf(p, d)
	switch {
	case v == dpi.No && isRPCPort(p) && p.Flow.L4 == 6:
		return dpi.More
	case v == dpi.Yes && !isNFS(p, &m):
		return dpi.No
	}
	return v
}

// nfsMessage reads the message that the packet's payload starts with.
func nfsMessage(p *dpi.Packet) (m rpcMessage, ok bool) {
	if p.Flow == nil || len(p.Payload) == 0 {
		return m, false
	}
	return m, m.parse(p.Payload, p.Flow.L4 == 6) == dpi.Yes
}

func nfsNumber(n dpi.AttributeID, name string, pos int, get func(rpcMessage) (uint32, bool)) dpi.Attribute {
	return dpi.Attribute{ID: n, Name: name, Type: dpi.U32, Pos: pos, Extract: func(p *dpi.Packet, _ int, v *dpi.Value) bool {
		m, ok := nfsMessage(p)
		if !ok {
			return false
		}
		number, ok := get(m)
		return ok && v.SetU(dpi.U32, uint64(number))
	}}
}

// nfsCallOf reads the call that the packet starts with.
func nfsCallOf(p *dpi.Packet) (c nfsCall, ok bool) {
	m, ok := nfsMessage(p)
	if !ok || m.reply || m.program != rpcNFS {
		return c, false
	}
	c.parse(&m)
	return c, true
}

func nfsText(n dpi.AttributeID, name string, get func(nfsCall) []byte) dpi.Attribute {
	return dpi.Attribute{ID: n, Name: name, Type: dpi.StringPointer, Pos: dpi.PositionNotKnown, Extract: func(p *dpi.Packet, _ int, v *dpi.Value) bool {
		c, ok := nfsCallOf(p)
		return ok && len(get(c)) > 0 && v.SetBytes(dpi.StringPointer, get(c))
	}}
}

// nfsCompound is a field that only version 4 has.
func nfsCompound(n dpi.AttributeID, name string, get func(nfsCall) uint32) dpi.Attribute {
	return dpi.Attribute{ID: n, Name: name, Type: dpi.U32, Pos: dpi.PositionNotKnown, Extract: func(p *dpi.Packet, _ int, v *dpi.Value) bool {
		c, ok := nfsCallOf(p)
		return ok && c.compound && v.SetU(dpi.U32, uint64(get(c)))
	}}
}

// nfsOpcode is there where a call names a file: the operation of version 4, the
// procedure of versions 2 and 3.
func nfsOpcode(p *dpi.Packet, _ int, v *dpi.Value) bool {
	c, ok := nfsCallOf(p)
	return ok && c.name != nil && v.SetU(dpi.U32, uint64(c.opcode))
}
