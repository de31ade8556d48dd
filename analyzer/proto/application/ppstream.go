package application

import (
	"bytes"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// PPStream is television among its viewers. Datagrams start with their length,
// little endian, which may leave out four or six bytes of them, and a type. One
// that names the program is believed at once, others on the program's port if
// the next one fits as well.
var PPStream = dpi.Protocol{
	ID:   id.Ppstream,
	Name: "ppstream",
	Classifiers: []dpi.Classifier{
		{Parent: id.Udp, Weight: 70, Ports: []uint16{17788}, Classify: classifyPPStream},
		{Parent: id.Tcp, Weight: 100, Classify: func(_ *dpi.Packet, d []byte) dpi.Verdict {
			return startsWith(d, "PSProtocol\x00")
		}},
	},
}

func classifyPPStream(p *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) <= 8 || d[2] != 'C' && d[2] != 'D' {
		return dpi.No
	}
	if rest := len(d) - le16(d); rest != 0 && rest != 4 && rest != 6 {
		return dpi.No
	}
	if bytes.Contains(d[3:], []byte("PPStre")) {
		return dpi.Yes
	}
	if !p.HasPort(17788) {
		return dpi.No
	}
	return yesOrMore(p.Asked(dpi.Up)+p.Asked(dpi.Down) > 1)
}
