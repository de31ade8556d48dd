package industrial

import (
	"bytes"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// LPS is the text in which the load position sensor of a crane reports: one line
// for each measurement,
//
//	TrolleyPos: 32.981, Hoistpos: 38.042, NoOfMarkers: 3, m1: (58901,70912) , m2: (72175,70950) ...
//
// with positions in metres and markers in the camera's coordinates, or
//
//	T:2023-08-03 15:21:25.108736, PVAct: 1 , MhPos: 35.000, TrPos: -12.000, GaPos: 0.000 ...
//
// There is no published specification: this is what is known of such lines. No
// port is known for them.
var LPS = dpi.Protocol{
	ID:   id.LpsData,
	Name: "lps_data",
	Attributes: []dpi.Attribute{
		lpsPosition(1, "trolley_pos", "TrolleyPos:", "TrPos:"),
		lpsPosition(2, "hoist_pos", "Hoistpos:", "MhPos:"),
		lpsNumber(3, "no_of_marker", dpi.U16, "NoOfMarkers:", 0),
		lpsNumber(4, "m1_x", dpi.U32, "m1: (", 0),
		lpsNumber(5, "m1_y", dpi.U32, "m1: (", ','),
		lpsNumber(6, "m2_x", dpi.U32, "m2: (", 0),
		lpsNumber(7, "m2_y", dpi.U32, "m2: (", ','),
		lpsNumber(8, "m3_x", dpi.U32, "m3: (", 0),
		lpsNumber(9, "m3_y", dpi.U32, "m3: (", ','),
		lpsNumber(10, "m4_x", dpi.U32, "m4: (", 0),
		lpsNumber(11, "m4_y", dpi.U32, "m4: (", ','),
		lpsNumber(12, "m5_x", dpi.U32, "m5: (", 0),
		lpsNumber(13, "m5_y", dpi.U32, "m5: (", ','),
		lpsNumber(14, "m6_x", dpi.U32, "m6: (", 0),
		lpsNumber(15, "m6_y", dpi.U32, "m6: (", ','),
		{ID: 16, Name: "order", Type: dpi.U64, Pos: dpi.PositionNotKnown, Extract: lpsOrder},
	},
	Classifiers: over(80, isLPS, nil, false, id.Udp, id.Tcp),
}

// isLPS looks for the words that a line begins with, or for those in its middle.
func isLPS(p *dpi.Packet, d []byte) dpi.Verdict {
	const word, shortest = "TrolleyPos:", 48
	switch n := min(len(d), len(word)); {
	case n == 0:
		return short(p)
	case d[0] != 'T' || string(d[:n]) != word[:n] && string(d[:min(n, 2)]) != "T:":
		return dpi.No
	case string(d[:n]) == word:
		return dpi.Yes
	case len(d) < shortest:
		return short(p)
	}
	line := d[:min(len(d), 256)]
	return yesIf(bytes.Contains(line, []byte("MhPos:")) && bytes.Contains(line, []byte("TrPos:")))
}

// lpsAfter returns what follows a word and blanks, nil if the word is not there.
func lpsAfter(d []byte, word string) []byte {
	for i := 0; i+len(word) <= len(d); i++ {
		if string(d[i:i+len(word)]) == word {
			return bytes.TrimLeft(d[i+len(word):], " ")
		}
	}
	return nil
}

// lpsNumber is the whole number after a word, or, if mark is given, after the
// next mark behind it.
func lpsNumber(n dpi.AttributeID, name string, t dpi.DataType, word string, mark byte) dpi.Attribute {
	return dpi.Attribute{ID: n, Name: name, Type: t, Pos: dpi.PositionNotKnown,
		Extract: func(p *dpi.Packet, layer int, v *dpi.Value) bool {
			d := lpsAfter(p.LayerBytes(layer), word)
			if mark != 0 {
				d = bytes.TrimLeft(d[bytes.IndexByte(d, mark)+1:], " ")
			}
			number, digits := lpsDigits(d)
			return digits > 0 && v.SetU(t, number)
		}}
}

// lpsDigits reads the decimal digits at the beginning of d, nine at most.
func lpsDigits(d []byte) (n uint64, digits int) {
	for ; digits < len(d) && digits < 9 && d[digits]-'0' < 10; digits++ {
		n = n*10 + uint64(d[digits]-'0')
	}
	return n, digits
}

// lpsPosition is the decimal fraction after one of two words.
func lpsPosition(n dpi.AttributeID, name string, words ...string) dpi.Attribute {
	return dpi.Attribute{ID: n, Name: name, Type: dpi.Float, Pos: dpi.PositionNotKnown,
		Extract: func(p *dpi.Packet, layer int, v *dpi.Value) bool {
			for _, word := range words {
				if f, ok := lpsFraction(lpsAfter(p.LayerBytes(layer), word)); ok {
					return v.SetFloat(f)
				}
			}
			return false
		}}
}

// lpsFraction reads a sign, digits, and digits behind a point.
func lpsFraction(d []byte) (f float64, ok bool) {
	negative := len(d) > 0 && d[0] == '-'
	if negative {
		d = d[1:]
	}
	whole, digits := lpsDigits(d)
	if digits == 0 {
		return 0, false
	}
	f = float64(whole)
	if d = d[digits:]; len(d) > 0 && d[0] == '.' {
		part, digits := lpsDigits(d[1:])
		scale := 1.0
		for range digits {
			scale *= 10
		}
		f = (f*scale + float64(part)) / scale
	}
	if negative {
		f = -f
	}
	return f, true
}

// lpsOrder is the number of the packet in the capture, from 1.
func lpsOrder(p *dpi.Packet, _ int, v *dpi.Value) bool { return v.SetU(dpi.U64, p.Index) }
