package traffic

// BER identifiers (ITU-T X.690) of the universal types that SNMP and LDAP use.
const (
	berBoolean    = 0x01
	berInteger    = 0x02
	berOctets     = 0x04
	berNull       = 0x05
	berOID        = 0x06
	berEnumerated = 0x0a
	berSequence   = 0x30
	berSet        = 0x31
)

// ber encodes one element around the given contents.
func ber(tag byte, contents ...[]byte) wire {
	var body wire
	for _, c := range contents {
		body = body.raw(c)
	}
	switch {
	case len(body) < 128:
		return wire{}.u8(tag).len8(body)
	case len(body) < 256:
		return wire{}.u8(tag, 0x81).len8(body)
	}
	return wire{}.u8(tag, 0x82).len16(body)
}

// berInt encodes a number that is not negative in as few bytes as it takes.
func berInt(tag byte, v uint32) wire {
	body := wire{}.u8(0).u32(v)
	for len(body) > 1 && body[0] == 0 && body[1] < 0x80 {
		body = body[1:]
	}
	return ber(tag, body)
}

func berText(tag byte, s string) wire { return ber(tag, []byte(s)) }

// berObject encodes an object identifier.
func berObject(arcs ...uint32) wire {
	body := wire{}.u8(byte(arcs[0]*40 + arcs[1]))
	for _, arc := range arcs[2:] {
		body = body.base128(arc)
	}
	return ber(berOID, body)
}

// base128 appends seven bits a byte, all bytes but the last marked.
func (w wire) base128(v uint32) wire {
	for shift := 28; shift > 0; shift -= 7 {
		if v>>shift != 0 {
			w = w.u8(byte(v>>shift) | 0x80)
		}
	}
	return w.u8(byte(v & 0x7f))
}
