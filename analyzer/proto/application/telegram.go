package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// Telegram is MTProto ("Mobile Protocol: Detailed Description", transports) over
// TCP: abridged, intermediate and padded intermediate. The obfuscated transport
// looks like random bytes and is told by the server's address only. Calls over
// the messenger's relays are told by what clients ask the relays for (libtgvoip,
// reflectors): a tag of 16 bytes and 12 ones.
var Telegram = dpi.Protocol{
	ID:      id.Telegram,
	Name:    "telegram",
	Service: true,
	Classifiers: []dpi.Classifier{
		{Parent: id.Tcp, Weight: 80, Ports: []uint16{5222}, Classify: classifyTelegram},
		datagramClassifier(isReflector),
	},
	Inspect: func(p *dpi.Packet, _ []byte) (done bool) {
		if p.Flow.L4 != protoTCP {
			p.Push(id.TelegramVoip)
		}
		return true
	},
}

// isReflector tells whether d asks a relay for something.
func isReflector(d []byte) bool {
	return len(d) >= 32 && be64(d[16:]) == 1<<64-1 && be32(d[24:]) == 1<<32-1 && !isRun(d[:16])
}

func classifyTelegram(p *dpi.Packet, d []byte) dpi.Verdict {
	switch d[0] {
	case 0xef:
		return classifyAbridged(p, d)
	case 0xee, 0xdd:
		if len(d) < 8 {
			return moreUnless(!isRun(d[:min(len(d), 4)]))
		}
		n := le32(d[4:])
		return verdict(isRun(d[:4]) && n > 0 && n < 1<<24)
	}
	return abridgedAnswer(p, d)
}

// isRun tells whether all bytes of d are the same.
func isRun(d []byte) bool {
	for _, c := range d {
		if c != d[0] {
			return false
		}
	}
	return true
}

// abridgedSize returns the size of the abridged frame that d starts with, its
// length included: a quarter of the length in one byte, or in three behind 0x7f.
func abridgedSize(d []byte) int {
	switch {
	case len(d) >= 1 && d[0] > 0 && d[0] < 0x7f:
		return 1 + 4*int(d[0])
	case len(d) >= 4 && d[0] == 0x7f:
		return 4 + 4*(int(d[1])|int(d[2])<<8|int(d[3])<<16)
	}
	return 0
}

// classifyAbridged judges a client's beginning, 0xef and a frame: Yes if the
// frame is not encrypted, which its key of zero says; otherwise the answer must
// fit too.
func classifyAbridged(p *dpi.Packet, d []byte) dpi.Verdict {
	size := abridgedSize(d[1:])
	if size == 0 {
		return moreUnless(len(d) > 4)
	}
	if len(d) >= 1+1+20 && isZero(d[2:10]) && size == 1+40 {
		return dpi.Yes
	}
	if size > 1<<16 || len(d) > 1+size && p.Asked(p.Dir) == 1 {
		return dpi.No
	}
	return moreUnless(size == 1)
}

// abridgedAnswer judges a server's beginning, one or more whole frames of
// encrypted messages, where the client has begun with one as well.
func abridgedAnswer(p *dpi.Packet, d []byte) dpi.Verdict {
	client, n := p.First(p.Dir ^ 1)
	if n < 42 || client[0] != 0xef || n != 1+abridgedSize(client[1:]) {
		return dpi.No
	}
	size := abridgedSize(d)
	if size > len(d) {
		return dpi.More
	}
	return verdict(size == len(d) && len(d) > 24)
}
