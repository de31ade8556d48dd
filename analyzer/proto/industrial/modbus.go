package industrial

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// Modbus is Modbus over TCP, which some devices send in UDP too: "MODBUS Messaging on TCP/IP Implementation Guide",
// section 3.1. UMAS runs in its function 90.
var Modbus = dpi.Protocol{
	ID:   id.Modbus,
	Name: "modbus",
	Attributes: []dpi.Attribute{
		{ID: 1, Name: "transaction_id", Type: dpi.U16, Pos: 0},
		{ID: 2, Name: "protocol_id", Type: dpi.U16, Pos: 2},
		{ID: 3, Name: "length", Type: dpi.U16, Pos: 4},
		{ID: 4, Name: "unit_id", Type: dpi.U8, Pos: 6},
		{ID: 5, Name: "function_code", Type: dpi.U8, Pos: 7},
		{ID: 6, Name: "exception_code", Type: dpi.U8, Pos: 8, Extract: modbusException},
	},
	Classifiers: append(
		over(80, isModbus, []uint16{502}, false, id.Tcp),
		over(50, isModbus, []uint16{502}, true, id.Udp)...),
}

// modbusHeader is the MBAP header and the function code.
const modbusHeader = 8

// isModbus checks that the payload is whole application data units, each with
// protocol identifier 0 and a function that exists.
func isModbus(p *dpi.Packet, d []byte) dpi.Verdict {
	for len(d) >= modbusHeader {
		length := int(be.Uint16(d[4:]))
		if be.Uint16(d[2:]) != 0 || length < 2 || length > 254 || !modbusFunction(d[7]) {
			return dpi.No
		}
		if 6+length >= len(d) {
			return verdictAt(p, 6+length == len(d))
		}
		d = d[6+length:]
	}
	return short(p)
}

// modbusFunction tells whether a function code is assigned, as such or with the
// bit of an exception.
func modbusFunction(code byte) bool {
	switch code &^ 0x80 {
	case 1, 2, 3, 4, 5, 6, 7, 8, 11, 12, 15, 16, 17, 20, 21, 22, 23, 24, 43, 90:
		return true
	}
	return false
}

// modbusException reads the code behind a function with the bit of an exception
// ("MODBUS Application Protocol Specification", section 7).
func modbusException(p *dpi.Packet, layer int, v *dpi.Value) bool {
	d := p.LayerBytes(layer)
	return len(d) > modbusHeader && d[7]&0x80 != 0 && v.SetU(dpi.U8, uint64(d[modbusHeader]))
}
