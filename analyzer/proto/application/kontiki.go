package application

import "mmt/analyzer/proto/id"

// Kontiki is the delivery of videos among viewers, over UDP: greetings of fixed
// length that end with their type.
var Kontiki = toldByDatagram(id.Kontiki, "kontiki", isKontiki)

func isKontiki(d []byte) bool {
	switch len(d) {
	case 4:
		return be32(d) == 0x02010100
	case 16:
		return d[0] == 2 && be32(d[12:]) == 0x000004e4
	case 20:
		return d[0] == 2 && be32(d[16:]) == 0x02040100
	}
	return false
}
