package mobile

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// Application protocols of which the frame of the messages is read: procedure
// and kind of message.
var (
	// X2AP is TS 36.423, between 4G base stations.
	X2AP = application(id.X2ap, "x2ap", []uint32{27}, 36422)
	// XnAP is TS 38.423, between 5G base stations.
	XnAP = application(id.Xnap, "xnap", []uint32{61}, 38422)
	// F1AP is TS 38.473, between the halves of a 5G base station.
	F1AP = application(id.F1ap, "f1ap", []uint32{62}, 38472)
	// E1AP is TS 37.483, between control and user plane of a base station.
	E1AP = application(id.E1ap, "e1ap", []uint32{64}, 38462)
	// M2AP is TS 36.443, for broadcast in 4G.
	M2AP = application(id.M2ap, "m2ap", []uint32{43}, 36443)
	// M3AP is TS 36.444, for broadcast in 4G.
	M3AP = application(id.M3ap, "m3ap", []uint32{44}, 36444)
	// LCSAP is TS 29.171, for the location of subscribers.
	LCSAP = application(id.Lcsap, "lcsap", []uint32{29}, 9082)
	// SBcAP is TS 29.168, for public warnings in 4G.
	SBcAP = application(id.Sbcap, "sbcap", []uint32{24}, 29168)
	// SABP is TS 25.419, for cell broadcast in 3G.
	SABP = application(id.Sabp, "sabp", []uint32{31}, 3452)
	// HNBAP is TS 25.469, for home base stations of 3G.
	HNBAP = application(id.Hnbap, "hnbap", []uint32{20})
)

// application makes an application protocol over SCTP.
func application(number dpi.ProtocolID, name string, ppids []uint32, ports ...uint16) dpi.Protocol {
	return dpi.Protocol{
		ID: number, Name: name, Attributes: apAttributes, Classifiers: overSCTP(looksAP, ppids, ports...),
	}
}

// RUA is TS 25.468: what home base stations of 3G wrap RANAP in.
var RUA = dpi.Protocol{
	ID:          id.Rua,
	Name:        "rua",
	Attributes:  apAttributes,
	Classifiers: overSCTP(looksAP, []uint32{19}),
	Next:        nextRUA,
}

// ruaRANAP is the element with the message of RANAP.
const ruaRANAP = 4

func nextRUA(p *dpi.Packet, off int) (dpi.ProtocolID, int) {
	d := p.Bytes(off)
	m, ok := readAP(d)
	if !ok {
		return dpi.Stop, off
	}
	r := per{b: m.element(ruaRANAP)}
	if inner := r.open(); looksAP(inner, isCut(p)) {
		return id.Ranap, off + cap(d) - cap(inner) // inner is a part of d
	}
	return dpi.Stop, off
}

// RANAP is TS 25.413, between the radio network of 3G and the core; it comes in
// RUA or SCCP.
var RANAP = dpi.Protocol{
	ID:   id.Ranap,
	Name: "ranap",
	Attributes: []dpi.Attribute{
		{ID: 1, Name: "procedure_code", Type: dpi.U16, Pos: dpi.PositionNotKnown, Extract: ranapByte(dpi.U16, 1)},
		{ID: 2, Name: "pdu_present", Type: dpi.U8, Pos: dpi.PositionNotKnown, Extract: ranapByte(dpi.U8, 0)},
	},
}

// ranapByte reads the procedure, or the kind of message counted from 1. What
// follows the message in the one that carries it does not matter to these.
func ranapByte(t dpi.DataType, at int) dpi.ExtractFunc {
	return func(p *dpi.Packet, layer int, v *dpi.Value) bool {
		b := p.LayerBytes(layer)
		switch {
		case len(b) < 2:
			return false
		case at == 0:
			return v.SetU(t, uint64(b[0]>>5)+1)
		}
		return v.SetU(t, uint64(b[at]))
	}
}
