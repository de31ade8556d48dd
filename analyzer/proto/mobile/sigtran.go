package mobile

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// The adaptation layers of telephone signalling over IP have one header (RFC
// 4666 section 3.1): version 1, a reserved octet, class and type of the message,
// and its length.
const adaptationHeader = 8

// Classes of messages (IANA, "SIGTRAN").
const (
	classTransfer  = 1
	classUnits     = 6
	classPeerLinks = 11
)

var (
	// M3UA is RFC 4666: users of MTP3, such as SCCP.
	M3UA = adaptation(id.M3ua, "m3ua", 3, 2905, 1<<0|1<<classTransfer|1<<2|1<<3|1<<4|1<<9, nextM3UA)
	// M2UA is RFC 3331: MTP2's users.
	M2UA = adaptation(id.M2ua, "m2ua", 2, 2904, 1<<0|1<<3|1<<4|1<<classUnits|1<<10, nextM2UA)
	// M2PA is RFC 4165: MTP2 between peers.
	M2PA = adaptation(id.M2pa, "m2pa", 5, 3565, 1<<classPeerLinks, nextM2PA)
	// SUA is RFC 3868: SCCP's users.
	SUA = adaptation(id.Sua, "sua", 4, 14001, 1<<0|1<<2|1<<3|1<<4|1<<7|1<<8|1<<9, nil)
	// IUA is RFC 4233: users of ISDN's Q.921.
	IUA = adaptation(id.Iua, "iua", 1, 9900, 1<<0|1<<3|1<<4|1<<5, nil)
)

// adaptation makes an adaptation layer that has the classes of a bit set.
func adaptation(number dpi.ProtocolID, name string, ppid uint32, port uint16, classes uint, next func(*dpi.Packet, int) (dpi.ProtocolID, int)) dpi.Protocol {
	looks := func(d []byte, cut bool) bool {
		if len(d) < adaptationHeader || d[0] != 1 || d[1] != 0 || d[2] > classPeerLinks || classes>>d[2]&1 == 0 {
			return false
		}
		n := be.Uint32(d[4:])
		return n >= adaptationHeader && n < 1<<17 && (cut || int(n) <= len(d))
	}
	return dpi.Protocol{
		ID: number, Name: name,
		Attributes: []dpi.Attribute{
			{ID: 1, Name: "version", Type: dpi.U8, Pos: 0},
			{ID: 2, Name: "message_class", Type: dpi.U8, Pos: 2},
			{ID: 3, Name: "message_type", Type: dpi.U8, Pos: 3},
			{ID: 4, Name: "length", Type: dpi.U32, Pos: 4},
		},
		Classifiers: overSCTP(looks, []uint32{ppid}, port),
		Next:        next,
	}
}

// parameter returns where the value of the first parameter with a tag starts in
// a message, and its end; 0 if there is none.
func parameter(d []byte, tag uint16) (from, to int) {
	at := adaptationHeader
	for len(d) >= at+4 {
		n := int(be.Uint16(d[at+2:]))
		if n < 4 || at+n > len(d) {
			return 0, 0
		}
		if be.Uint16(d[at:]) == tag {
			return at + 4, at + n
		}
		at += (n + 3) &^ 3
	}
	return 0, 0
}

// nextM3UA finds the user's message in protocol data: two point codes, the
// service indicator, three more octets.
func nextM3UA(p *dpi.Packet, off int) (dpi.ProtocolID, int) {
	d := p.Bytes(off)
	if len(d) < adaptationHeader || d[2] != classTransfer || d[3] != 1 {
		return dpi.Stop, off
	}
	from, to := parameter(d, 0x0210)
	if to-from <= 12 {
		return dpi.Stop, off
	}
	return serviceUser(d[from+8]), off + from + 12
}

// nextM2UA finds the MTP3 message in the data of a message.
func nextM2UA(p *dpi.Packet, off int) (dpi.ProtocolID, int) {
	d := p.Bytes(off)
	if len(d) < adaptationHeader || d[2] != classUnits || d[3] != 1 {
		return dpi.Stop, off
	}
	from, to := parameter(d, 0x0300)
	return mtp3At(d, off, from, to)
}

// nextM2PA finds the MTP3 message behind two sequence numbers and a priority.
func nextM2PA(p *dpi.Packet, off int) (dpi.ProtocolID, int) {
	d := p.Bytes(off)
	if len(d) < adaptationHeader || d[2] != classPeerLinks || d[3] != 1 {
		return dpi.Stop, off
	}
	return mtp3At(d, off, adaptationHeader+9, len(d))
}

// mtp3At tells the user of an MTP3 message (Q.704 section 14.2: service
// information octet, routing label of four octets) in d[from:to].
func mtp3At(d []byte, off, from, to int) (dpi.ProtocolID, int) {
	if from == 0 || to-from <= 5 {
		return dpi.Stop, off
	}
	return serviceUser(d[from] & 15), off + from + 5
}

// serviceUser returns the protocol of a service indicator (Q.704 section
// 14.2.1).
func serviceUser(indicator byte) dpi.ProtocolID {
	switch indicator {
	case 3:
		return id.Sccp
	case 5:
		return id.Isup
	case 13:
		return id.Bicc
	}
	return dpi.Stop
}
