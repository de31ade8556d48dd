package mobile

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// H248 is the gateway control protocol over SCTP, H.248.4: the messages of
// H.248.1 in text or BER. Over UDP and TCP it is protocol megaco.
var H248 = dpi.Protocol{
	ID:          id.H248,
	Name:        "h248",
	Classifiers: overSCTP(looksH248, []uint32{7}, 2944, 2945),
}

// looksH248 asks for the start of the text form, long or short, and a version,
// after an authentication header if there is one; or for a sequence of the
// binary form whose first element is a message or an authentication header.
func looksH248(d []byte, _ bool) bool {
	switch {
	case len(d) < 8:
		return false
	case string(d[:7]) == "MEGACO/":
		return d[7] >= '1' && d[7] <= '9'
	case string(d[:2]) == "!/":
		return d[2] >= '1' && d[2] <= '9'
	case string(d[:5]) == "AU = " || string(d[:3]) == "AU=":
		return true
	case d[0] != 0x30:
		return false
	}
	at := 2
	if d[1] > 0x80 && d[1] <= 0x84 {
		at += int(d[1] & 7)
	}
	return d[at] == 0xa0 || d[at] == 0xa1
}
