package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// EDonkey is the network of eDonkey2000 and eMule: between clients and with
// servers over TCP, with servers, clients and the Kademlia network over UDP
// (Kulbak and Bickson, "The eMule Protocol Specification"; eMule's opcodes).
// Obfuscated connections are not told.
var EDonkey = dpi.Protocol{
	ID:   id.Edonkey,
	Name: "edonkey",
	Classifiers: []dpi.Classifier{
		{Parent: id.Tcp, Weight: 60, Ports: []uint16{4661, 4662, 4663}, Classify: classifyEDonkey},
		{Parent: id.Udp, Weight: 60, Ports: []uint16{4665, 4672}, Classify: classifyEDonkeyUDP},
	},
}

// The first byte of a message says which protocol it is of.
const (
	edonkeyProto = 0xe3
	emuleProto   = 0xc5
	kadProto     = 0xe4
	kadPacked    = 0xe5
	emulePacked  = 0xd4
)

// maxEDonkey is how long a message may be; parts of files are at most 180 KiB.
const maxEDonkey = 1 << 20

// classifyEDonkey walks over the messages of a stream: protocol, length, little
// endian, type. It believes messages that end where the segment does.
func classifyEDonkey(_ *dpi.Packet, d []byte) dpi.Verdict {
	for len(d) > 0 {
		if d[0] != edonkeyProto && d[0] != emuleProto && d[0] != emulePacked {
			return dpi.No
		}
		if len(d) < 6 {
			return moreUnless(len(d) == 5 && le32(d[1:]) >= maxEDonkey)
		}
		length := le32(d[1:])
		if length == 0 || length >= maxEDonkey || d[5] == 0 || d[5] > 0xb0 {
			return dpi.No
		}
		if isEMuleHello(d) {
			return dpi.Yes
		}
		if len(d) < int(5+length) {
			return dpi.More
		}
		d = d[5+length:]
	}
	return dpi.Yes
}

// isEMuleHello tells whether d begins with a Hello whose user hash bears the
// marks of eMule, bytes 5 and 14 of the hash being 14 and 111. To clients the
// hash's length goes before it.
func isEMuleHello(d []byte) bool {
	if d[0] != edonkeyProto || d[5] != 1 && d[5] != 0x4c || len(d) < 23 {
		return false
	}
	hash := d[6:]
	if hash[0] == 16 {
		hash = hash[1:]
	}
	return hash[5] == 14 && hash[14] == 111
}

func classifyEDonkeyUDP(p *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) < 2 {
		return dpi.No
	}
	port := p.HasPort(4665) || p.HasPort(4672)
	switch d[0] {
	case kadProto, kadPacked:
		return classifyKad(p, d, port)
	case edonkeyProto, emuleProto:
		if port && edonkeyDatagram(d[0], d[1], len(d)) {
			return dpi.Yes
		}
		return isSaid(p, func(client []byte, clientLen int, server []byte, serverLen int) bool {
			return client[0] == d[0] && server[0] == d[0] && server[1] == client[1]+1 &&
				edonkeyDatagram(d[0], client[1], clientLen) && edonkeyDatagram(d[0], server[1], serverLen)
		})
	}
	return dpi.No
}

// edonkeyDatagram tells whether a datagram of a server (opcodes of
// OP_GLOBSERVSTATREQ to OP_SERVER_DESC_RES) or of another eMule
// (OP_REASKFILEPING to OP_PORTTEST) has a length that its type allows.
func edonkeyDatagram(proto, kind byte, n int) bool {
	if proto == emuleProto {
		return kind >= 0x90 && kind <= 0x95 && n >= 2 || kind == 0xfe && n == 3
	}
	switch kind {
	case 0x96: // status request: a challenge
		return n == 6
	case 0xa2: // description request: nothing, or a challenge
		return n == 2 || n == 6
	case 0x9a: // file hashes
		return n > 2 && (n-2)%16 == 0
	case 0x97, 0x98, 0x99, 0x9b, 0xa3, 0x92, 0x94:
		return n > 6
	}
	return false
}

// kadAnswers gives what answers a request of Kademlia, by eMule's opcodes.
var kadAnswers = [...][2]byte{{0x01, 0x09}, {0x11, 0x19}, {0x21, 0x29}, {0x33, 0x3b}, {0x34, 0x3b}, {0x35, 0x3b}, {0x43, 0x4b},
	{0x44, 0x4b}, {0x45, 0x4b}, {0x50, 0x58}, {0x53, 0x58}, {0x60, 0x61}}

// classifyKad recognises the network's routing by an answer that fits the
// request, or by a request or an answer whose length adds up.
func classifyKad(p *dpi.Packet, d []byte, port bool) dpi.Verdict {
	if d[0] == kadProto && isKadRoute(d, port) {
		return dpi.Yes
	}
	client, clientLen := p.First(dpi.Up)
	server, serverLen := p.First(dpi.Down)
	if clientLen < 2 || serverLen < 2 {
		return dpi.More
	}
	for _, pair := range kadAnswers {
		if client[1] == pair[0] && server[1] == pair[1] && client[0]|1 == kadPacked && server[0]|1 == kadPacked {
			return dpi.Yes
		}
	}
	return dpi.No
}

// isKadRoute tells whether d asks for the contacts next to a target (type, the
// target and the receiver), or lists them (the target, and 25 bytes a contact).
func isKadRoute(d []byte, port bool) bool {
	switch d[1] {
	case 0x21:
		return port && len(d) == 35 && (d[2] == 2 || d[2] == 4 || d[2] == 11)
	case 0x29:
		return len(d) > 19 && d[18] > 0 && len(d) == 19+25*int(d[18]) && d[19+24] <= 0x20
	}
	return false
}
