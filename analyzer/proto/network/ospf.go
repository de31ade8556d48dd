package network

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// OSPF is version 2 (RFC 2328 section A.3.1) and version 3 (RFC 5340 section
// A.3.1), which alone has instances.
var OSPF = dpi.Protocol{
	ID:   id.Ospf,
	Name: "ospf",
	Attributes: []dpi.Attribute{
		{ID: 1, Name: "version", Type: dpi.U8, Pos: 0},
		{ID: 2, Name: "type", Type: dpi.U8, Pos: 1},
		{ID: 3, Name: "len", Type: dpi.U16, Pos: 2},
		{ID: 4, Name: "router_id", Type: dpi.U32, Pos: 4},
		{ID: 5, Name: "area_id", Type: dpi.U32, Pos: 8},
		{ID: 6, Name: "checksum", Type: dpi.U16, Pos: 12},
		{ID: 7, Name: "instance_id", Type: dpi.U8, Pos: 14, Extract: ospfInstance},
	},
}

func ospfInstance(p *dpi.Packet, layer int, v *dpi.Value) bool {
	b := p.LayerBytes(layer)
	return len(b) > 14 && b[0] == 3 && v.SetU(dpi.U8, uint64(b[14]))
}
