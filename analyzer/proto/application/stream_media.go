package application

import (
	"bytes"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// MSRP is the Message Session Relay Protocol, RFC 4975: "MSRP", a transaction,
// and a method or a code.
var MSRP = dpi.Protocol{
	ID:          id.Msrp,
	Name:        "msrp",
	Classifiers: []dpi.Classifier{{Parent: id.Tcp, Weight: 90, Ports: []uint16{2855}, Classify: classifyMSRP}},
}

func classifyMSRP(_ *dpi.Packet, d []byte) dpi.Verdict {
	const longest = 32 // of a transaction's name
	if v := startsWith(d, "MSRP "); v != dpi.Yes {
		return v
	}
	line := d[len("MSRP "):]
	i := bytes.IndexByte(line, ' ')
	if i < 0 {
		return moreUnless(len(line) > longest || !isPrintable(line))
	}
	return verdict(i >= 4 && i <= longest && isPrintable(line[:i]))
}

// MMS is the Microsoft Media Server protocol over TCP ([MS-MMSP] section
// 2.2.3): each message has a session identifier and the text "MMS ".
var MMS = dpi.Protocol{
	ID:          id.Mms,
	Name:        "mms",
	Classifiers: []dpi.Classifier{{Parent: id.Tcp, Weight: 100, Ports: []uint16{1755}, Classify: classifyMMS}},
}

func classifyMMS(_ *dpi.Packet, d []byte) dpi.Verdict {
	const magic, name = "\xce\xfa\x0b\xb0", "MMS "
	switch {
	case len(d) > 0 && d[0] != 1:
		return dpi.No
	case len(d) < 16:
		return moreUnless(len(d) > 4 && startsWith(d[4:], magic) == dpi.No)
	}
	return verdict(string(d[4:8]) == magic && string(d[12:16]) == name)
}

// RealMedia is Progressive Networks' protocol of RealAudio over TCP: "PNA" and
// its version.
var RealMedia = dpi.Protocol{
	ID:   id.Realmedia,
	Name: "realmedia",
	Classifiers: []dpi.Classifier{{Parent: id.Tcp, Weight: 100, Ports: []uint16{7070}, Classify: func(_ *dpi.Packet, d []byte) dpi.Verdict {
		return startsWithAny(d, "PNA\x00\x05", "PNA\x00\x08", "PNA\x00\x09", "PNA\x00\x0a", "PNA\x00\x0b", "PNA\x00\x0c")
	}}},
}

// RDT is RealNetworks' transport of media, known by its announcement in RTSP.
var RDT = dpi.Protocol{
	ID:   id.Rdt,
	Name: "rdt",
	Classifiers: []dpi.Classifier{{Parent: id.Udp, Weight: 62, Classify: func(p *dpi.Packet, _ []byte) dpi.Verdict {
		return verdict(announcedMedia(p) == mediaRDT)
	}}},
}

// T38 is fax over UDP, ITU-T T.38 with the transport UDPTL, known by its
// announcement in SDP: a number, the length of the primary packet, the packet,
// redundancy.
var T38 = dpi.Protocol{
	ID:          id.T38,
	Name:        "t38",
	Classifiers: []dpi.Classifier{{Parent: id.Udp, Weight: 63, Classify: classifyT38}},
}

func classifyT38(p *dpi.Packet, d []byte) dpi.Verdict {
	const head = 3
	return verdict(len(d) > head && head+int(d[2]) < len(d) && announcedMedia(p) == mediaT38)
}

// Icecast is the upload of a stream to an Icecast server; what listeners get is
// HTTP.
var Icecast = dpi.Protocol{
	ID:          id.Icecast,
	Name:        "icecast",
	Classifiers: []dpi.Classifier{{Parent: id.Tcp, Weight: 100, Ports: []uint16{8000}, Classify: classifyIcecast}},
}

func classifyIcecast(_ *dpi.Packet, d []byte) dpi.Verdict {
	v := startsWith(d, "SOURCE /")
	if v != dpi.Yes {
		return v
	}
	line, _, ok := textLine(d)
	if !ok {
		return moreUnless(len(d) > maxTextLine || !isText(trimCR(d)))
	}
	return verdict(bytes.Contains(line, []byte(" HTTP/1.")) || bytes.Contains(line, []byte(" ICE/1.")))
}

// Shoutcast is SHOUTcast's variety of HTTP, whose status line begins with
// "ICY", and the upload of a stream to its server.
var Shoutcast = dpi.Protocol{
	ID:   id.Shoutcast,
	Name: "shoutcast",
	Classifiers: []dpi.Classifier{{Parent: id.Tcp, Weight: 100, Ports: []uint16{8000, 8001}, Classify: func(_ *dpi.Packet, d []byte) dpi.Verdict {
		return startsWithAny(d, "ICY 200 OK\r\n", "ICY 302 ", "ICY 40", "OK2\r\nicy-caps:", "icy-name:", "ICY 503 ")
	}}},
}

// SAP is the Session Announcement Protocol, RFC 2974, which multicasts session
// descriptions; their media is recognised at the first packet.
var SAP = dpi.Protocol{
	ID:          id.SapAnnounce,
	Name:        "sap_announce",
	Classifiers: []dpi.Classifier{{Parent: id.Udp, Weight: 85, Ports: []uint16{9875}, Classify: classifySAP}},
	Track:       trackSIP,
	Always:      true,
}

// classifySAP finds the payload behind the source's address and authentication:
// its media type, or a session description at once.
func classifySAP(_ *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) < 12 || d[0]>>5 != 1 {
		return dpi.No
	}
	off := 8 + 4*int(d[1])
	if d[0]&0x10 != 0 {
		off += 12 // the source has IPv6
	}
	if off > len(d) {
		return dpi.No
	}
	return verdict(startsWithAny(d[off:], "application/sdp\x00", "v=0\r\n", "v=0\no=") == dpi.Yes)
}
