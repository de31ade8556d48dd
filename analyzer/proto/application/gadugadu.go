package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// GaduGadu is the messenger of that name (libgadu, "Protokół Gadu-Gadu"):
// packets of a type and a length, little endian. The server greets with a seed,
// the client answers with one of the logins.
var GaduGadu = dpi.Protocol{
	ID:          id.Gadugadu,
	Name:        "gadugadu",
	Service:     true,
	Classifiers: []dpi.Classifier{{Parent: id.Tcp, Weight: 60, Ports: []uint16{8074}, Classify: classifyGaduGadu}},
}

func classifyGaduGadu(p *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) < 8 {
		return moreUnless(len(d) >= 4 && !isZero(d[1:4]))
	}
	if isGaduWelcome(d) {
		return moreUnless(len(d) != 12)
	}
	other, n := p.First(p.Dir ^ 1)
	if n != 12 || !isGaduWelcome(other) {
		return dpi.No
	}
	switch le32(d) {
	case 0x0c, 0x13, 0x15, 0x19, 0x31, 0x83: // the logins of versions 4 to 10
		return verdict(le32(d[4:]) > 8 && le32(d[4:]) < 4096)
	}
	return dpi.No
}

// isGaduWelcome tells whether d starts with the greeting: type 1, four bytes.
func isGaduWelcome(d []byte) bool { return le32(d) == 1 && le32(d[4:]) == 4 }
