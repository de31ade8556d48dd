package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// SMB is Server Message Block, version 1 (MS-CIFS) and versions 2 and 3
// (MS-SMB2), in the packets of a NetBIOS session, which is below it in the path.
// Where SMB uses TCP directly, on port 445, it keeps their header (MS-SMB2
// section 2.1). Its attributes are those of the first message that a packet
// starts with.
var SMB = dpi.Protocol{
	ID:   id.Smb,
	Name: "smb",
	Classifiers: []dpi.Classifier{
		{Parent: id.Tcp, Weight: 100, Ports: []uint16{445, nbSessionPort}, Classify: classifySMB},
		{Parent: id.Tcp, Weight: 70, Ports: []uint16{nbSessionPort}, Only: true, Classify: classifyNBSession, As: id.Netbios},
	},
	Attributes: append([]dpi.Attribute{
		{ID: 1, Name: "version", Type: dpi.U8, Pos: dpi.PositionNotKnown, Extract: smbVersion},
		smbBytes(2, "padding", dpi.HeaderLine, smbMessage.padding),
		smbBytes(3, "nt_create_file", dpi.HeaderLine, smbMessage.fileName),
		smbBytes(4, "payload", dpi.Pointer, smbMessage.fileData),
		{ID: 5, Name: "command", Type: dpi.U8, Pos: dpi.PositionNotKnown, Extract: smbCommand},
	}, smbOwnAttributes...),
}

// nbSessionPort is the port of NetBIOS sessions, RFC 1002 section 4.3.
const nbSessionPort = 139

// Types of session packets, RFC 1002 section 4.3.1.
const (
	nbMessage   = 0x00
	nbRequest   = 0x81
	nbPositive  = 0x82
	nbNegative  = 0x83
	nbRetarget  = 0x84
	nbKeepAlive = 0x85
)

const (
	nbHeader = 4 // type and length of a session packet
	// nbNameLength is an encoded name: its length, 32 letters, and a zero.
	nbNameLength = 34
)

// classifySMB expects a message in a session packet, at the beginning or behind
// those that opened the session, or in the packet at hand.
func classifySMB(p *dpi.Packet, d []byte) dpi.Verdict {
	v := smbOpening(d)
	if v != dpi.Yes && len(p.Stream) < len(d) && smbOpening(p.Stream) == dpi.Yes {
		v = dpi.Yes // joined in the middle of a message
	}
	switch {
	case v == dpi.Yes:
		p.Push(id.Netbios)
	case v == dpi.No && p.HasPort(445):
		return dpi.More
	}
	return v
}

// smbOpening judges d by its first message.
func smbOpening(d []byte) dpi.Verdict {
	d = afterNBSession(d)
	switch {
	case len(d) > 0 && len(d) < nbHeader && d[0] >= nbRequest && d[0] <= nbKeepAlive:
		return dpi.More
	case len(d) > 0 && d[0] != nbMessage, len(d) > 1 && d[1] > 1:
		return dpi.No
	case len(d) < nbHeader+4:
		return dpi.More
	}
	switch string(d[nbHeader : nbHeader+4]) {
	case "\xffSMB", "\xfeSMB", "\xfdSMB", "\xfcSMB":
		return dpi.Yes
	}
	return dpi.No
}

// afterNBSession skips the packets that open a session, also one of which the
// end is still to come.
func afterNBSession(d []byte) []byte {
	for len(d) >= nbHeader && d[0] >= nbRequest && d[0] <= nbKeepAlive && d[1] == 0 {
		d = d[min(nbHeader+be16(d[2:]), len(d)):]
	}
	return d
}

// inspectNBSession looks for SMB in a session.
func inspectNBSession(p *dpi.Packet, d []byte) (done bool) {
	v := smbOpening(d)
	if v == dpi.Yes {
		p.Push(id.Smb)
	}
	return v != dpi.More
}

// classifyNBSession recognises the opening of a session that carries no SMB: a
// request with two names, or an answer to one.
func classifyNBSession(p *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) < nbHeader {
		return dpi.More
	}
	n := be16(d[2:])
	if d[1] != 0 {
		return dpi.No
	}
	switch {
	case d[0] == nbRequest && n == 2*nbNameLength:
		if len(d) < nbHeader+2*nbNameLength {
			return dpi.More
		}
		return verdict(isNetBIOSName(d[nbHeader:]) && isNetBIOSName(d[nbHeader+nbNameLength:]))
	case d[0] == nbPositive && n == 0, d[0] == nbNegative && n == 1, d[0] == nbRetarget && n == 6:
		if first, _ := p.First(p.Dir ^ 1); len(first) >= nbHeader && first[0] == nbRequest {
			return dpi.Yes
		}
		return dpi.More
	}
	return dpi.No
}

// smbBytes is an attribute that a message has or has not.
func smbBytes(n dpi.AttributeID, name string, t dpi.DataType, get func(smbMessage) []byte) dpi.Attribute {
	return dpi.Attribute{ID: n, Name: name, Type: t, Pos: dpi.PositionNotKnown, Extract: func(p *dpi.Packet, _ int, v *dpi.Value) bool {
		var m smbMessage
		if !m.parse(p.Payload) {
			return false
		}
		b := get(m)
		return len(b) > 0 && v.SetBytes(t, b)
	}}
}

func smbVersion(p *dpi.Packet, _ int, v *dpi.Value) bool {
	var m smbMessage
	return m.parse(p.Payload) && v.SetU(dpi.U8, uint64(m.version))
}

func smbCommand(p *dpi.Packet, _ int, v *dpi.Value) bool {
	var m smbMessage
	return m.parse(p.Payload) && m.version != smb3Encrypted && v.SetU(dpi.U8, uint64(m.command))
}
