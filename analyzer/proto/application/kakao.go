package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// Kakao is the messenger's own transport ("LOCO"): either packets of a number,
// a status, a method of eleven characters, a type and the length of the content,
// little endian; or these encrypted behind an exchange of keys, which is a key's
// length of 256, the kinds of its and of the later encryption, and the key.
var Kakao = dpi.Protocol{
	ID:          id.Kakao,
	Name:        "kakao",
	Hosted:      true,
	Classifiers: []dpi.Classifier{{Parent: id.Tcp, Weight: 60, Ports: []uint16{5228, 9282, 995, 10009}, Classify: classifyKakao}},
}

// Lengths of the exchange's head, of its key, and of a packet's head.
const (
	locoExchange = 12
	locoKey      = 256
	locoHeader   = 22
)

func classifyKakao(_ *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) < locoHeader {
		return moreUnless(len(d) >= 4 && (d[2] != 0 || d[3] != 0))
	}
	if le32(d) == locoKey {
		exchange := le32(d[4:]) > 0 && le32(d[4:]) < 32 && le32(d[8:]) > 0 && le32(d[8:]) < 8
		return verdict(exchange && isRandom(d[locoExchange:min(len(d), locoExchange+64)]))
	}
	n := le32(d[18:])
	if !isLocoMethod(d[6:17]) || d[17] > 8 || n >= 1<<20 {
		return dpi.No
	}
	if len(d) < locoHeader+int(n) {
		return dpi.More
	}
	return verdict(len(d) == locoHeader+int(n))
}

// isLocoMethod tells whether name is a method: capital letters, then zeros.
func isLocoMethod(name []byte) bool {
	word := trimZeros(name)
	for _, c := range word {
		if c < 'A' || c > 'Z' {
			return false
		}
	}
	return len(word) >= 3
}
