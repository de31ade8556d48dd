package session

import (
	"encoding/binary"
	"math/bits"

	"mmt/analyzer/dpi"
)

// hashTuple mixes both ends of a tuple so that either direction gives the same
// value. seed keeps an attacker from choosing flows that collide.
func hashTuple(t *dpi.Tuple, seed uint64) uint32 {
	a := hashEnd(&t.Src, t.SrcPort, seed)
	b := hashEnd(&t.Dst, t.DstPort, seed)
	high, low := bits.Mul64((a+b)^uint64(t.Proto), (a^b)|1)
	h := high ^ low
	return uint32(h ^ h>>32)
}

// hashEnd hashes one end of a flow.
func hashEnd(addr *[16]byte, port uint16, seed uint64) uint64 {
	x := binary.NativeEndian.Uint64(addr[:8]) ^ seed
	y := binary.NativeEndian.Uint64(addr[8:]) + uint64(port)*0x9e3779b97f4a7c15
	high, low := bits.Mul64(x^0xe7037ed1a0b428db, y^0x8ebc6af09c88c6e3^seed)
	return high ^ low
}

// index finds slots by hash: open addressing with linear probing over words
// that hold a hash and a slot, so that most misses touch one cache line. It is
// made for a fixed number of slots and never grows.
type index struct {
	words []uint64 // hash<<32 | slot; 0 is empty, slots count from 1
	mask  uint32
}

func newIndex(slots int) index {
	size := 1 << bits.Len(uint(slots*3/2))
	words := make([]uint64, size)
	adviseHugePages(words)
	return index{words: words, mask: uint32(size - 1)}
}

func (x *index) insert(hash, slot uint32) {
	i := hash & x.mask
	for x.words[i] != 0 {
		i = (i + 1) & x.mask
	}
	x.words[i] = uint64(hash)<<32 | uint64(slot)
}

// remove takes a slot out and closes the gap, so that probing needs no
// tombstones.
func (x *index) remove(hash, slot uint32) {
	want := uint64(hash)<<32 | uint64(slot)
	i := hash & x.mask
	for x.words[i] != want {
		if x.words[i] == 0 {
			return
		}
		i = (i + 1) & x.mask
	}
	for j := (i + 1) & x.mask; x.words[j] != 0; j = (j + 1) & x.mask {
		home := uint32(x.words[j]>>32) & x.mask
		// The word at j may move to i unless its home lies between them.
		if (j-home)&x.mask >= (j-i)&x.mask {
			x.words[i] = x.words[j]
			i = j
		}
	}
	x.words[i] = 0
}
