package steer

import (
	"encoding/binary"
	"math/bits"
)

// address is an IP address in network byte order, IPv4 after ::ffff, so that an
// IPv4 address is the same however it is written.
type address struct{ high, low uint64 }

const mapped = 0xffff << 32 // what comes before an IPv4 address

func address4(b []byte) address {
	return address{0, mapped | uint64(binary.BigEndian.Uint32(b))}
}

func address16(b []byte) address {
	return address{binary.BigEndian.Uint64(b), binary.BigEndian.Uint64(b[8:])}
}

// hash mixes an address.
func (a address) hash(seed uint64) uint64 {
	high, low := bits.Mul64(a.high^seed^0xa0761d6478bd642f, a.low^seed^0xe7037ed1a0b428db)
	return high ^ low
}

// pair is the two addresses of an IP layer. It is no array: those travel through
// memory.
type pair struct{ src, dst address }

// hash mixes two addresses in whichever order. All bits of the result are good,
// the upper ones are used.
func (p pair) hash(seed uint64) uint64 {
	a, b := p.src.hash(seed), p.dst.hash(seed)
	high, low := bits.Mul64(a+b^0x8ebc6af09c88c6e3, a^b^0x589965cc75374cc3)
	return high ^ low
}
