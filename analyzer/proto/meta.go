package proto

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// Meta is the packet itself, the first layer of every path.
var Meta = dpi.Protocol{
	ID:   id.Meta,
	Name: "meta",
	Attributes: []dpi.Attribute{
		{ID: 1, Name: "direction", Type: dpi.U32, Pos: dpi.PositionNotKnown, Extract: metaDirection},
		{ID: 2, Name: "args", Type: dpi.Pointer, Pos: dpi.PositionNotKnown, Extract: absent},
		{ID: 3, Name: "utime", Type: dpi.TimeVal, Pos: dpi.PositionNotKnown, Extract: metaTime},
		{ID: 4, Name: "packet_len", Type: dpi.U32, Pos: dpi.PositionNotKnown, Extract: metaLength},
		{ID: 5, Name: "proto_hierarchy", Type: dpi.ProtoPath, Pos: dpi.PositionNotKnown, Extract: metaPath},
		{ID: 6, Name: "session", Type: dpi.Pointer, Pos: dpi.PositionNotKnown, Scope: dpi.ScopeSession, Extract: metaSession},
		{ID: 7, Name: "classified", Type: dpi.U8, Pos: dpi.PositionNotKnown, Scope: dpi.ScopeSession, Extract: metaClassified},
		{ID: 8, Name: "probe_id", Type: dpi.U32, Pos: dpi.PositionNotKnown, Scope: dpi.ScopeSession, Extract: metaProbe},
		{ID: 9, Name: "source_id", Type: dpi.U32, Pos: dpi.PositionNotKnown, Scope: dpi.ScopeSession, Extract: metaSource},
		{ID: 10, Name: "packet_index", Type: dpi.U64, Pos: dpi.PositionNotKnown, Scope: dpi.ScopeSession, Extract: metaIndex},
	},
}

// absent is the extraction of an attribute that only a caller of the C library
// could set.
func absent(*dpi.Packet, int, *dpi.Value) bool { return false }

func metaDirection(p *dpi.Packet, _ int, v *dpi.Value) bool {
	return p.Flow != nil && v.SetU(dpi.U32, uint64(p.Dir))
}

func metaTime(p *dpi.Packet, _ int, v *dpi.Value) bool { return v.SetU(dpi.TimeVal, uint64(p.Time)) }

func metaLength(p *dpi.Packet, _ int, v *dpi.Value) bool { return v.SetU(dpi.U32, uint64(p.Len)) }

// metaPath gives the number of the path; Handler.Path has its protocols.
func metaPath(p *dpi.Packet, _ int, v *dpi.Value) bool {
	return v.SetU(dpi.ProtoPath, uint64(p.Handler().PathOf(p)))
}

func metaSession(p *dpi.Packet, _ int, v *dpi.Value) bool {
	return p.Flow != nil && v.SetU(dpi.Pointer, p.Flow.ID)
}

func metaClassified(p *dpi.Packet, _ int, v *dpi.Value) bool {
	if p.Flow == nil {
		return false
	}
	var n uint64
	if p.Flow.Classified() {
		n = 1
	}
	return v.SetU(dpi.U8, n)
}

func metaProbe(p *dpi.Packet, _ int, v *dpi.Value) bool {
	return v.SetU(dpi.U32, uint64(p.Handler().Options.ProbeID))
}

func metaSource(p *dpi.Packet, _ int, v *dpi.Value) bool {
	return v.SetU(dpi.U32, uint64(p.Handler().Options.SourceID))
}

func metaIndex(p *dpi.Packet, _ int, v *dpi.Value) bool { return v.SetU(dpi.U64, p.Index) }
