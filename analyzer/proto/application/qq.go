package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// QQ is OICQ, the protocol of Tencent's messenger (libqq, "QQ protocol"): 2,
// version, command and sequence number in 16 bits each, the user's number, and 3
// at the end; over TCP with the length in front.
var QQ = dpi.Protocol{
	ID:      id.Qq,
	Name:    "qq",
	Service: true,
	Classifiers: []dpi.Classifier{
		{Parent: id.Udp, Weight: 60, Ports: []uint16{8000, 4000}, Classify: classifyQQ},
		{Parent: id.Tcp, Weight: 60, Ports: []uint16{14000}, Classify: classifyQQOverTCP},
	},
}

// isQQ tells whether d is framed as a message. All commands are below 256, or
// of those that version 2013 added.
func isQQ(d []byte) bool {
	return len(d) > 12 && d[0] == 2 && d[len(d)-1] == 3 && (d[3] == 0 || d[3] == 8) && d[4] != 0 &&
		d[1] >= 0x06 && d[1] < 0x40 && be32(d[7:]) > 10000
}

func classifyQQ(p *dpi.Packet, d []byte) dpi.Verdict {
	if !isQQ(d) {
		return dpi.No
	}
	if p.HasPort(8000) {
		return dpi.Yes
	}
	return isSaid(p, func(client []byte, clientLen int, server []byte, serverLen int) bool {
		return clientLen > 12 && serverLen > 12 && be64(client[3:]) == be64(server[3:])
	})
}

func classifyQQOverTCP(_ *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) < 6 {
		return moreUnless(len(d) > 2 && d[2] != 2)
	}
	n := be16(d)
	if n < 15 || d[2] != 2 {
		return dpi.No
	}
	if len(d) < n {
		return moreUnless(d[5] != 0 && d[5] != 8)
	}
	return verdict(isQQ(d[2:n]))
}
