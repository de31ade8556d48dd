package industrial

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// IEC60870 is IEC 60870-5-104: frames of start byte 0x68, length, four bytes of
// control, and for I frames a type of data.
var IEC60870 = dpi.Protocol{
	ID:   id.Iec60870,
	Name: "iec60870",
	Attributes: []dpi.Attribute{
		{ID: 1, Name: "type_id", Type: dpi.U8, Pos: dpi.PositionNotKnown, Extract: iec104Data(6, 0xff)},
		{ID: 2, Name: "cause", Type: dpi.U8, Pos: dpi.PositionNotKnown, Extract: iec104Data(8, 0x3f)},
	},
	Classifiers: over(80, isIEC60870, []uint16{2404}, false, id.Tcp),
}

func isIEC60870(p *dpi.Packet, d []byte) dpi.Verdict {
	frames := 0
	for len(d) > 0 {
		n := iec104Frame(d)
		if n < 0 {
			return dpi.No
		}
		if n == 0 || n > len(d) {
			return dpi.More
		}
		frames++
		d = d[n:]
	}
	if frames >= 3 || frames > 0 && p.HasPort(2404) {
		return dpi.Yes
	}
	return dpi.More
}

// iec104Frame returns the length of the frame that d starts with, 0 if d is too
// short to tell, -1 if it is none.
func iec104Frame(d []byte) int {
	if d[0] != 0x68 || len(d) >= 2 && d[1] < 4 {
		return -1
	}
	if len(d) < 6 {
		return 0
	}
	control, length := d[2:6], int(d[1])
	switch {
	case control[0]&1 == 0: // I: type 1 to 127, and a number of objects
		if length < 12 || len(d) > 6 && (d[6] == 0 || d[6] > 127) {
			return -1
		}
	case control[0] == 1 && control[1] == 0: // S
		if length != 4 || control[2]&1 != 0 {
			return -1
		}
	case control[1] == 0 && control[2] == 0 && control[3] == 0: // U: one act or its confirmation
		if length != 4 || !oneOf(control[0], 0x07, 0x0b, 0x13, 0x23, 0x43, 0x83) {
			return -1
		}
	default:
		return -1
	}
	return length + 2
}

// oneOf tells whether b is one of list.
func oneOf(b byte, list ...byte) bool {
	for _, c := range list {
		if b == c {
			return true
		}
	}
	return false
}

// iec104Data reads a byte of the first I frame of a packet that begins with a
// frame: type at 6, cause of transmission at 8 (IEC 60870-5-101 section 7.2).
func iec104Data(pos int, mask byte) dpi.ExtractFunc {
	return func(p *dpi.Packet, layer int, v *dpi.Value) bool {
		for d := p.LayerBytes(layer); len(d) > 0; {
			n := iec104Frame(d)
			if n <= 0 || n > len(d) {
				return false
			}
			if d[2]&1 == 0 {
				return v.SetU(dpi.U8, uint64(d[pos]&mask))
			}
			d = d[n:]
		}
		return false
	}
}
