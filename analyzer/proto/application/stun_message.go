package application

// Lengths and marks of STUN, RFC 8489 section 5.
const (
	stunHeader = 20
	stunCookie = 0x2112a442
	// msCookie is what implementations of the drafts of TURN have instead, in an
	// attribute (MS-TURN section 2.2.2.1).
	msCookie = 0x72c64bc6
)

// Types of attributes, IANA "STUN Attributes" and MS-TURN.
const (
	stunMSMagic     = 0x000f
	stunXORPeer     = 0x0012
	stunData        = 0x0013
	stunRealm       = 0x0014
	stunXORRelayed  = 0x0016
	stunXORMapped   = 0x0020
	stunMetaDTLS    = 0xc070 // a handshake of DTLS inside the checks of WebRTC
	stunPadded      = 3      // attributes are filled up to a multiple of 4
	stunAddressIPv4 = 1
	stunAddressIPv6 = 2
)

// stunAttributes is the shape of attributes in a message.
var stunAttributes = tlvShape{tag: 2, size: 2}

// stunMessage is a message: the parts of its header, and its attributes as far
// as they are there.
type stunMessage struct {
	kind   int  // method and class, 14 bits
	size   int  // bytes, header included
	modern bool // has the cookie of RFC 5389
	id     []byte
	attrs  []byte
}

// parseSTUN reads the header of a message. ok is false if d cannot begin with
// one. What the message says to be longer than d is only accepted with the
// cookie.
func parseSTUN(d []byte) (m stunMessage, ok bool) {
	if len(d) < stunHeader || d[0]&0xc0 != 0 {
		return m, false
	}
	m.kind, m.size = be16(d), stunHeader+be16(d[2:])
	m.modern = be32(d[4:]) == stunCookie
	m.id = d[4:stunHeader]
	m.attrs = d[stunHeader:min(m.size, len(d))]
	return m, m.modern || m.size <= len(d)
}

// isClassicKind tells whether a type is one that messages without the cookie
// have: binding and shared secret (RFC 3489 section 11.1), and those of the
// drafts of TURN (MS-TURN section 2.2.1).
func isClassicKind(kind int) bool {
	switch kind {
	case 0x0001, 0x0101, 0x0111, 0x0002, 0x0102, 0x0112,
		0x0003, 0x0103, 0x0113, 0x0004, 0x0104, 0x0114, 0x0115, 0x0006, 0x0106, 0x0116:
		return true
	}
	return false
}

// isResponse tells whether the message answers another one.
func (m *stunMessage) isResponse() bool { return m.kind&0x0100 != 0 }

// next splits the first attribute off d. Values are padded, except by some who
// forget to; they put no more than one attribute in a message.
func (*stunMessage) next(d []byte) (kind int, value, rest []byte, ok bool) {
	kind, value, rest, ok = stunAttributes.next(d)
	if !ok {
		return 0, nil, nil, false
	}
	pad := -len(value) & stunPadded
	return kind, value, rest[min(pad, len(rest)):], true
}

// whole tells whether attributes fill the message exactly, and how many there
// are.
func (m *stunMessage) whole() (n int, ok bool) {
	for d := m.attrs; len(d) > 0; n++ {
		if _, _, d, ok = m.next(d); !ok {
			return n, false
		}
	}
	return n, true
}

// find returns the value of the first attribute of a type, nil if there is
// none.
func (m *stunMessage) find(want int) []byte {
	for d := m.attrs; len(d) > 0; {
		kind, value, rest, ok := m.next(d)
		if !ok {
			return nil
		}
		if kind == want {
			return value
		}
		d = rest
	}
	return nil
}

// address reads an address that is mixed with the cookie and the transaction
// (RFC 8489 section 14.2).
func (m *stunMessage) address(value []byte) (addr [16]byte, port uint16, ok bool) {
	if len(value) < 8 || len(m.id) < 16 {
		return addr, 0, false
	}
	port = uint16(be16(value[2:]) ^ stunCookie>>16)
	var a [16]byte
	n := copy(a[:], value[4:])
	for i := range a {
		a[i] ^= m.id[i]
	}
	switch {
	case value[1] == stunAddressIPv4 && n == 4:
		return ip4End(a[:]), port, true
	case value[1] == stunAddressIPv6 && n == 16:
		return a, port, true
	}
	return addr, 0, false
}

// stunRelayed returns what a TURN server relays in d: a channel message (RFC
// 8656 section 12.4), the data of an indication, or what follows the number of a
// multiplexed session (MS-TURN section 2.2.3).
func stunRelayed(d []byte) (inner []byte, ok bool) {
	if len(d) < 4 || d[0] >= 0x80 && d[0] != 0xff {
		return nil, false
	}
	switch n := be16(d[2:]); {
	case isTURNChannel(d):
		return d[4 : 4+n], true
	case isMSSession(d):
		return d[12:], true
	}
	m, ok := parseSTUN(d)
	if !ok || m.kind != 0x0016 && m.kind != 0x0017 && m.kind != 0x0115 {
		return nil, false
	}
	inner = m.find(stunData)
	return inner, len(inner) > 0
}

// isTURNChannel tells whether d is a channel message: a number from 0x4000 on,
// the length, the data, and over streams padding.
func isTURNChannel(d []byte) bool {
	if len(d) < 5 || d[0] < 0x40 || d[0] > 0x7f {
		return false
	}
	n := 4 + be16(d[2:])
	return n > 4 && n <= len(d) && len(d)-n <= stunPadded
}

// isMSSession tells whether d is a message of a multiplexed session of MS-TURN:
// 0xff10, the length of the rest, 8 bytes that number the session.
func isMSSession(d []byte) bool {
	return len(d) > 12 && d[0] == 0xff && d[1] == 0x10 && be16(d[2:]) == len(d)-4
}
