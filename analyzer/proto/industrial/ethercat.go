package industrial

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// EtherCAT is EtherCAT in UDP, ETG.1000.4 section 4: a length of eleven bits, a
// reserved bit, and a type of four bits, little endian; type 1 are commands.
var EtherCAT = dpi.Protocol{
	ID:          id.Ethercat,
	Name:        "ethercat",
	Classifiers: over(50, isEtherCAT, []uint16{34980}, true, id.Udp),
}

// Lengths of the header of a frame and of a command in it.
const (
	ethercatHeader  = 2
	ethercatCommand = 12
)

// isEtherCAT walks the commands: type, index, address, length with a bit that
// announces another, interrupt, data, and a counter. Padding may follow.
func isEtherCAT(_ *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) < ethercatHeader {
		return dpi.No
	}
	header := le.Uint16(d)
	end := ethercatHeader + int(header&0x7ff)
	if header>>11 != 2 || end > len(d) {
		return dpi.No
	}
	d = d[ethercatHeader:end]
	for len(d) >= ethercatCommand && d[0] <= 14 {
		length := le.Uint16(d[6:])
		n := ethercatCommand + int(length&0x7ff)
		more := length&0x8000 != 0
		if n > len(d) || !more {
			return yesIf(n == len(d))
		}
		d = d[n:]
	}
	return dpi.No
}
