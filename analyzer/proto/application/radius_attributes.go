package application

import (
	"strconv"

	"mmt/analyzer/dpi"
)

// Vendor-specific attributes, RFC 2865 section 5.26, and the enterprise number
// of 3GPP.
const (
	radiusVendor = 26
	vendor3GPP   = 10415
)

// maxBinary is how many bytes a value of type dpi.Binary has at most.
const maxBinary = 64

// radiusField is an attribute of RADIUS that dpi attributes stand for.
type radiusField struct {
	number dpi.AttributeID
	name   string
	kind   dpi.DataType
	avp    int // type of the RADIUS attribute
}

// radiusFields are the attributes of RFC 2865 (1 to 63), RFC 2866 (40 to 49),
// RFC 2869 (55, 80, 87) and RFC 3162 (95 to 100).
var radiusFields = []radiusField{
	{5, "user_name", dpi.Binary, 1},
	{6, "user_password", dpi.Binary, 2},
	{7, "chap_password", dpi.Binary, 3},
	{8, "nas_ip_address", dpi.U32, 4},
	{9, "nas_port", dpi.U32, 5},
	{10, "service_type", dpi.U32, 6},
	{11, "framed_protocol", dpi.U32, 7},
	{12, "framed_ip_address", dpi.U32, 8},
	{13, "framed_ip_netmask", dpi.U32, 9},
	{14, "framed_mtu", dpi.U32, 12},
	{15, "callback_number", dpi.Binary, 19},
	{16, "callback_id", dpi.Binary, 20},
	{17, "state", dpi.Binary, 24},
	{18, "class", dpi.Binary, 25},
	{19, "session_timeout", dpi.U32, 27},
	{20, "idle_timeout", dpi.U32, 28},
	{21, "called_station_id", dpi.Binary, 30},
	{22, "calling_station_id", dpi.Binary, 31},
	{23, "nas_identifier", dpi.Binary, 32},
	{24, "acct_status_type", dpi.U32, 40},
	{25, "acct_delay_time", dpi.U32, 41},
	{26, "acct_input_octets", dpi.U32, 42},
	{27, "acct_output_octets", dpi.U32, 43},
	{28, "acct_session_id", dpi.Binary, 44},
	{29, "acct_authentic", dpi.U32, 45},
	{30, "acct_session_time", dpi.U32, 46},
	{31, "acct_input_packets", dpi.U32, 47},
	{32, "acct_output_packets", dpi.U32, 48},
	{33, "acct_terminate_cause", dpi.U32, 49},
	{34, "event_timestamp", dpi.U32, 55},
	{35, "nas_port_type", dpi.U32, 61},
	{36, "message_authenticator", dpi.Binary, 80},
	{37, "nas_port_id", dpi.Binary, 87},
	{38, "nas_ipv6_address", dpi.IP6Addr, 95},
	{39, "framed_interface_id", dpi.U64, 96},
	{40, "framed_ipv6_prefix", dpi.Binary, 97},
	{41, "framed_ipv6_pool", dpi.Binary, 100},
}

// radius3GPP are the attributes of 3GPP, TS 29.061 section 16.4.7, in the order
// of their types from 1 on; the first has the number first3GPP.
var radius3GPP = []radiusField{
	{name: "imsi", kind: dpi.Binary},
	{name: "charg_id", kind: dpi.U32},
	{name: "pdp_type", kind: dpi.U32},
	{name: "cg_ip", kind: dpi.U32},
	{name: "qos_prof", kind: dpi.Binary},
	{name: "sgsn_ip", kind: dpi.U32},
	{name: "ggsn_ip", kind: dpi.U32},
	{name: "imsi_mccmnc", kind: dpi.Binary},
	{name: "ggsn_mccmnc", kind: dpi.Binary},
	{name: "nsapi", kind: dpi.U8},
	{name: "sess_stop_ind", kind: dpi.U8},
	{name: "select_mode", kind: dpi.U8},
	{name: "charg_charact", kind: dpi.Binary},
	{name: "cg_ipv6", kind: dpi.IP6Addr},
	{name: "sgsn_ipv6", kind: dpi.IP6Addr},
	{name: "ggsn_ipv6", kind: dpi.IP6Addr},
	{name: "dns_ipv6", kind: dpi.IP6Addr},
	{name: "sgsn_mccmnc", kind: dpi.Binary},
	{name: "teardown_ind", kind: dpi.U8},
	{name: "imei", kind: dpi.Binary},
	{name: "rat_type", kind: dpi.U8},
	{name: "user_loc", kind: dpi.Binary},
	{name: "timezone", kind: dpi.U16},
	{name: "camel_charg", kind: dpi.Binary},
	{name: "pkt_filter", kind: dpi.Binary},
	{name: "neg_dscp", kind: dpi.U8},
	{name: "alloc_ip_type", kind: dpi.U8},
}

// Numbers of the attributes that are made in rows.
const (
	first3GPP = 42
	firstAVP  = 69 // avp1 to avp102, then avp224 to avp240
	lastAVP   = 187
)

// radiusAttributes returns the attributes of RADIUS: header, standard, 3GPP,
// and the raw ones by type.
func radiusAttributes() []dpi.Attribute {
	list := []dpi.Attribute{
		{ID: 1, Name: "code", Type: dpi.U8, Pos: 0},
		{ID: 2, Name: "id", Type: dpi.U8, Pos: 1},
		{ID: 3, Name: "len", Type: dpi.U16, Pos: 2},
		{ID: 4, Name: "authenticator", Type: dpi.Binary, Pos: dpi.PositionNotKnown, Extract: radiusAuthenticator},
	}
	for _, f := range radiusFields {
		list = append(list, f.attribute(func(d []byte) []byte { return radiusTLV.find(d, f.avp) }))
	}
	for i, f := range radius3GPP {
		f.number = dpi.AttributeID(first3GPP + i)
		list = append(list, f.attribute(func(d []byte) []byte { return find3GPP(d, i+1) }))
	}
	for n := firstAVP; n <= lastAVP; n++ {
		avp := n - firstAVP + 1
		if avp > 102 {
			avp += 224 - 103
		}
		list = append(list, radiusRaw(dpi.AttributeID(n), avp))
	}
	return list
}

// attribute returns the dpi attribute whose value find returns from the
// attributes of a packet.
func (f radiusField) attribute(find func(d []byte) []byte) dpi.Attribute {
	return dpi.Attribute{ID: f.number, Name: f.name, Type: f.kind, Pos: f.position(), Extract: func(p *dpi.Packet, layer int, v *dpi.Value) bool {
		return f.set(v, find(radiusBody(p, layer)))
	}}
}

// position returns what the tables of the library say of where an attribute
// is: the numbers of one and two bytes have a position that means nothing.
func (f radiusField) position() int {
	switch f.kind {
	case dpi.U8:
		return 0
	case dpi.U16:
		return 2
	}
	return dpi.PositionNotKnown
}

// set makes v the value b of an attribute, if it is as long as its type asks
// for.
func (f radiusField) set(v *dpi.Value, b []byte) bool {
	switch {
	case len(b) == 0:
		return false
	case f.kind == dpi.Binary:
		return v.SetBytes(dpi.Binary, b[:min(len(b), maxBinary)])
	case f.kind == dpi.IP6Addr:
		return len(b) >= 16 && v.SetBytes(dpi.IP6Addr, b[:16])
	case len(b) < f.kind.Size():
		return false
	}
	r := wireReader{b: b}
	return v.SetU(f.kind, r.uint(f.kind.Size()))
}

// radiusBody returns the attributes of a packet, without what lies beyond its
// length.
func radiusBody(p *dpi.Packet, layer int) []byte {
	d := p.LayerBytes(layer)
	if len(d) < radiusHeader {
		return nil
	}
	n := be16(d[2:])
	return d[radiusHeader:max(radiusHeader, min(n, len(d)))]
}

func radiusAuthenticator(p *dpi.Packet, layer int, v *dpi.Value) bool {
	d := p.LayerBytes(layer)
	return len(d) >= radiusHeader && v.SetBytes(dpi.Binary, d[4:radiusHeader])
}

// find3GPP returns the value of an attribute of 3GPP, nil if there is none.
func find3GPP(d []byte, want int) []byte {
	for len(d) > 0 {
		kind, value, rest, ok := radiusTLV.next(d)
		if !ok {
			return nil
		}
		if kind == radiusVendor && len(value) > 4 && be32(value) == vendor3GPP {
			if b := radiusTLV.find(value[4:], want); b != nil {
				return b
			}
		}
		d = rest
	}
	return nil
}

// radiusRaw describes a whole attribute by its type: a view of its type, length
// and value.
func radiusRaw(number dpi.AttributeID, avp int) dpi.Attribute {
	return dpi.Attribute{ID: number, Name: "avp" + strconv.Itoa(avp), Type: dpi.Pointer, Pos: dpi.PositionNotKnown,
		Extract: func(p *dpi.Packet, layer int, v *dpi.Value) bool {
			d := radiusBody(p, layer)
			for len(d) > 0 {
				kind, value, rest, ok := radiusTLV.next(d)
				if !ok {
					return false
				}
				if kind == avp {
					return v.SetBytes(dpi.Pointer, d[:2+len(value)])
				}
				d = rest
			}
			return false
		}}
}
