package random

import (
	"encoding/binary"
	"math/rand/v2"

	"mmt/analyzer/dpi"
	"mmt/analyzer/security/reference"
	"mmt/analyzer/security/rule"
)

// protocol is the protocol of all attributes.
const protocol dpi.ProtocolID = 900

// Attributes of packets, by their index in alphabet.
const (
	small = iota // numbers from 0 to 3
	medium
	large
	flag // 0 or 1, 0 counts as absent
	source
	target // addresses out of three
	text   // a string of at most one letter
)

// alphabet are the attributes that packets may carry.
var alphabet = []rule.Attribute{
	small:  {Protocol: protocol, ID: 1, Name: "t.small", Type: dpi.U8},
	medium: {Protocol: protocol, ID: 2, Name: "t.medium", Type: dpi.U16},
	large:  {Protocol: protocol, ID: 3, Name: "t.large", Type: dpi.U64},
	flag:   {Protocol: protocol, ID: 4, Name: "t.flag", Type: dpi.U8, Flag: true},
	source: {Protocol: protocol, ID: 5, Name: "t.src", Type: dpi.IP4Addr},
	target: {Protocol: protocol, ID: 6, Name: "t.dst", Type: dpi.IP4Addr},
	text:   {Protocol: protocol, ID: 7, Name: "t.text", Type: dpi.String},
}

// texts are the values of text.
var texts = []string{"", "x", "y"}

// addresses are the values of source and target.
var addresses = [][]byte{{10, 0, 0, 1}, {10, 0, 0, 2}, {10, 0, 0, 3}}

// value returns a random value of an attribute.
func value(rng *rand.Rand, attribute int) (v dpi.Value) {
	switch attribute {
	case flag:
		v.SetU(dpi.U8, rng.Uint64N(2))
	case source, target:
		a := addresses[rng.IntN(len(addresses))]
		v = dpi.Value{Type: dpi.IP4Addr, N: uint64(binary.BigEndian.Uint32(a)), B: a}
	case text:
		v.SetBytes(dpi.String, []byte(texts[rng.IntN(len(texts))]))
	default:
		v.SetU(alphabet[attribute].Type, rng.Uint64N(4))
	}
	return v
}

// Stream returns n packets, numbered from 1. Each attribute is there with
// probability 0.7. Time goes on by 0 to 3 microseconds, seldom back.
func Stream(rng *rand.Rand, n int) []reference.Packet {
	list := make([]reference.Packet, n)
	now := int64(1_700_000_000_000_000_000)
	for i := range list {
		list[i] = reference.Packet{
			Time: now + rng.Int64N(1000), Counter: uint64(i + 1), Flow: rng.Uint64N(4), Values: values(rng),
		}
		now += 1000 * step(rng)
	}
	return list
}

// step returns how many microseconds lie between two packets.
func step(rng *rand.Rand) int64 {
	if rng.IntN(50) == 0 {
		return -1 - rng.Int64N(3)
	}
	return rng.Int64N(4)
}

func values(rng *rand.Rand) map[reference.Key]dpi.Value {
	m := map[reference.Key]dpi.Value{}
	for i, a := range alphabet {
		if rng.IntN(10) < 7 {
			m[reference.KeyOf(a)] = value(rng, i)
		}
	}
	return m
}
