package report

import (
	"bytes"
	"math"
	"math/bits"
	"net/netip"
	"strconv"
)

// EventReport is report 1000: an event of the configuration (block event-report,
// manual section 3.1) occurred in a packet.
type EventReport struct {
	Time       int64  // of the packet, nanoseconds since 1970
	Name       string // of the block
	Event      Value
	Attributes []Value // in the order of the block
}

// MaxEventText is how many bytes of a value reports 1000 and 999 show.
const MaxEventText = 1024

// ValueKind says how a Value is kept and written.
type ValueKind uint8

// The kinds of values. A text that a packet does not have is an empty one, a
// number the number 0.
const (
	NumberValue  ValueKind = iota // High and N, two's complement of 128 bits
	RealValue                     // N, the bits of a float64; three decimals
	AverageValue                  // the same, with the digits that a float of four bytes has
	TimeValue                     // N, nanoseconds since 1970, as seconds.micros
	TextValue                     // B
	HexValue                      // B, in lower case hexadecimal, quoted
	AddressValue                  // B, an IP address of 4 or 16 bytes in network order
	MACValue                      // B, 6 bytes, in lower case
	PathValue                     // B, protocol ids of 16 bits each, big endian; joined by dots, quoted
	List16Value                   // B, big endian numbers of 16 bits each, as [a,b]
	List32Value                   // the same of 32 bits
	List64Value                   // the same of 64 bits
	FiguresValue                  // B, numbers as AppendFigure has them, as [a,b]
)

// Value is what reports 1000 and 999 show of an attribute.
type Value struct {
	Kind ValueKind
	High int64
	N    uint64
	B    []byte
}

// Append implements Record.
func (r *EventReport) Append(dst []byte, e *Encoder) []byte {
	dst = e.begin(dst, "1000", r.Time)
	dst = e.textField(dst, []byte(r.Name))
	dst = r.Event.appendField(dst, e)
	for i := range r.Attributes {
		dst = r.Attributes[i].appendField(dst, e)
	}
	return e.end(dst)
}

// IsNumber tells whether the value is a number, which is written without quotes.
func (v *Value) IsNumber() bool { return v.Kind <= TimeValue }

// appendField appends a comma and the value.
func (v *Value) appendField(dst []byte, e *Encoder) []byte {
	switch {
	case v.Kind == TextValue:
		return e.textField(dst, cut(v.B, MaxEventText))
	case v.IsNumber() || v.isList():
		return v.appendBare(append(dst, ','))
	}
	return append(v.appendBare(append(dst, ',', '"')), '"')
}

func (v *Value) isList() bool { return v.Kind >= List16Value }

// appendBare appends the value without quotes. Nothing in it needs an escape: of a
// text, all but printable ASCII, and quotes and backslashes too, become '.'.
func (v *Value) appendBare(dst []byte) []byte {
	switch v.Kind {
	case NumberValue:
		return appendWide(dst, v.High, v.N)
	case RealValue:
		return appendThousandths(dst, math.Float64frombits(v.N))
	case AverageValue:
		return appendThousandths(dst, float64(float32(math.Float64frombits(v.N))))
	case TimeValue:
		return appendTime(dst, int64(v.N))
	case TextValue:
		return appendPlain(dst, cut(v.B, MaxEventText))
	case AddressValue:
		addr, _ := netip.AddrFromSlice(v.B)
		return unquoted(dst, appendAddrField(dst, addr))
	case MACValue:
		return unquoted(dst, appendLowerMACField(dst, v.B))
	case FiguresValue:
		return appendFigures(dst, v.B)
	}
	return v.appendElements(dst)
}

// appendElements appends a value that is made of parts of one size.
func (v *Value) appendElements(dst []byte) []byte {
	b := cut(v.B, MaxEventText)
	switch v.Kind {
	case HexValue:
		return appendHex(dst, b)
	case PathValue:
		return appendNumbers(dst, b, 2, '.')
	case List16Value:
		return append(appendNumbers(append(dst, '['), b, 2, ','), ']')
	case List32Value:
		return append(appendNumbers(append(dst, '['), b, 4, ','), ']')
	}
	return append(appendNumbers(append(dst, '['), b, 8, ','), ']')
}

// unquoted takes the comma and the quotes off the field that was appended to dst.
func unquoted(dst, withField []byte) []byte {
	from := len(dst)
	text := withField[from+2 : len(withField)-1]
	return append(withField[:from], text...)
}

// appendWide appends a number of 128 bits, two's complement.
func appendWide(dst []byte, high int64, low uint64) []byte {
	h := uint64(high)
	if high < 0 {
		dst = append(dst, '-')
		var borrow uint64
		low, borrow = bits.Sub64(0, low, 0)
		h, _ = bits.Sub64(0, h, borrow)
	}
	if h == 0 {
		return appendUint(dst, low)
	}
	const part, width = 1e19, 19 // the most digits that 64 bits always hold
	rest, low := bits.Div64(h%part, low, part)
	dst = appendWide(dst, int64(h/part), rest)
	text := appendUint(nil, low)
	return append(append(dst, "0000000000000000000"[:width-len(text)]...), text...)
}

// appendThousandths appends v with three decimals; a value that is no number is
// 0.000, as JSON has no other word.
func appendThousandths(dst []byte, v float64) []byte {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		v = 0
	}
	return strconv.AppendFloat(dst, v, 'f', 3, 64)
}

// appendPlain appends b with '.' for what is no printable ASCII, for quotes and for
// backslashes.
func appendPlain(dst, b []byte) []byte {
	for _, c := range b {
		if !plain[c] {
			c = '.'
		}
		dst = append(dst, c)
	}
	return dst
}

func appendHex(dst, b []byte) []byte {
	const lowerHex = "0123456789abcdef"
	for _, c := range b {
		dst = append(dst, lowerHex[c>>4], lowerHex[c&15])
	}
	return dst
}

// appendNumbers appends big endian numbers of size bytes each, with a separator
// between them.
func appendNumbers(dst, b []byte, size int, separator byte) []byte {
	for i := 0; i+size <= len(b); i += size {
		if i > 0 {
			dst = append(dst, separator)
		}
		dst = appendUint(dst, bigEndian(b[i:i+size]))
	}
	return dst
}

// EventTemplate is a line that the configuration makes up itself (option
// output-format of the block event-report): texts with values between them.
// len(Texts) is len(Values)+1.
type EventTemplate struct {
	Texts  [][]byte
	Values []Value
}

// Append implements Record. The line is that of the template alone: without the
// fields that other reports begin with, in no matter which format. Values stand
// without quotes, as appendBare writes them.
func (t *EventTemplate) Append(dst []byte, _ *Encoder) []byte {
	for i := range t.Values {
		dst = append(dst, t.Texts[i]...)
		dst = t.Values[i].appendBare(dst)
	}
	return append(dst, t.Texts[len(t.Values)]...)
}

// OneLine returns a text with spaces for its line breaks, as a template may have.
func OneLine(text string) []byte {
	return bytes.Map(func(r rune) rune {
		if breaksLine(r) {
			return ' '
		}
		return r
	}, []byte(text))
}
