package traffic

import (
	"crypto/hmac"
	"crypto/md5"
)

// RADIUS codes (RFC 2865 section 3, RFC 2866 section 3).
const (
	radiusRequest    = 1
	radiusAccept     = 2
	radiusReject     = 3
	radiusAccounting = 4
	radiusAccounted  = 5
)

// radiusSecret is shared by the server and its clients.
const radiusSecret = "testing123"

// radius is the scenario of RFC 2865 and RFC 2866.
func radius(g *Gen) {
	p := g.local()
	g.radiusAccess(p, "alice", radiusAccept)
	g.radiusAccess(p, "mallory", radiusReject)
	g.radiusAccount(p)
}

// attribute is a type, a length over all, and a value.
func attribute(typ byte, value []byte) wire { return wire{}.u8(typ, byte(2+len(value))).raw(value) }

func attribute32(typ byte, v uint32) wire { return attribute(typ, wire{}.u32(v)) }

func radiusPacket(code, id byte, authenticator, attributes []byte) wire {
	return wire{}.u8(code, id).u16(uint16(20 + len(attributes))).raw(authenticator).raw(attributes)
}

// sealed replaces the authenticator by the digest over the packet and the
// secret, as answers and accounting requests have it.
func sealed(packet wire) wire {
	digest := md5.Sum(wire{}.raw(packet).str(radiusSecret))
	copy(packet[4:20], digest[:])
	return packet
}

// radiusAccess is a log-in of a user by password and its outcome.
func (g *Gen) radiusAccess(p path, user string, outcome byte) {
	t := g.talk(p, 1812)
	id, authenticator := byte(g.u16()), g.bytes(16)
	attributes := attribute(1, []byte(user)).raw(attribute(2, hiddenPassword("sesame", authenticator))).
		raw(attribute(4, p.client.AsSlice())).raw(attribute32(5, 1)).raw(attribute32(61, 15)).
		raw(attribute(31, []byte("02-00-5E-10-00-01"))).raw(attribute(80, make([]byte, 16)))
	request := radiusPacket(radiusRequest, id, authenticator, attributes)
	mac := hmac.New(md5.New, []byte(radiusSecret))
	mac.Write(request)
	copy(request[len(request)-16:], mac.Sum(nil))
	answer := attribute(18, []byte("bye"))
	if outcome == radiusAccept {
		answer = attribute32(6, 2).raw(attribute(8, p.client.AsSlice())).raw(attribute32(27, 3600))
	}
	t.exchange(request, sealed(radiusPacket(outcome, id, authenticator, answer)))
}

// hiddenPassword is RFC 2865 section 5.2 for at most 16 bytes.
func hiddenPassword(password string, authenticator []byte) []byte {
	hidden := md5.Sum(wire{}.str(radiusSecret).raw(authenticator))
	for i := range len(password) {
		hidden[i] ^= password[i]
	}
	return hidden[:]
}

// radiusAccount tells the start and the end of a session.
func (g *Gen) radiusAccount(p path) {
	t := g.talk(p, 1813)
	for _, status := range []uint32{1, 2} {
		attributes := attribute32(40, status).raw(attribute(1, []byte("alice"))).raw(attribute(44, []byte("0000001A"))).
			raw(attribute(4, p.client.AsSlice())).raw(attribute(8, p.client.AsSlice()))
		if status == 2 {
			attributes = attributes.raw(attribute32(46, 120)).raw(attribute32(42, 8_000_000)).raw(attribute32(43, 91_000_000)).
				raw(attribute32(49, 1))
		}
		id := byte(g.u16())
		request := sealed(radiusPacket(radiusAccounting, id, make([]byte, 16), attributes))
		t.exchange(request, sealed(radiusPacket(radiusAccounted, id, request[4:20], nil)))
		t.wait(1200)
	}
}
