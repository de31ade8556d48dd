package dump

import (
	"math/bits"

	"mmt/dataplane"
)

// Ring keeps the latest packets of a thread in a fixed piece of memory: the oldest
// make room for new ones. The packets of a flow are linked, the latest first.
type Ring struct {
	bytes []byte
	at    uint64 // where the next packet goes, modulo len(bytes)
	slots []slot
	first uint64 // the oldest packet kept, counted from 1
	next  uint64 // number of the next packet here
	heads []uint64
	snap  int
}

// slot tells of a packet. Its place is its count modulo the number of slots.
type slot struct {
	at     uint64
	prev   uint64 // the packet before it whose key has the same hash, 0: none
	key    uint64
	number uint64 // in the stream
	time   int64
	size   uint32
	wire   uint32
	link   dataplane.LinkType
}

// bytesPerSlot is the size of a packet from which on memory for bytes is what
// limits a Ring, and not the number of packets.
const bytesPerSlot = 256

// minRing is the least memory for packets, bytes.
const minRing = 1 << 16

// NewRing makes a ring for so many bytes of packets, and for one packet of each 256
// of them; of a packet snap bytes at most are kept, 0: all, and never more than a
// quarter of the ring. The links take another third of size, roughly.
func NewRing(size, snap int) *Ring {
	size = max(size, minRing)
	slots := 1 << bits.Len(uint(size/bytesPerSlot-1))
	r := &Ring{bytes: make([]byte, size), slots: make([]slot, slots), heads: make([]uint64, slots), first: 1, next: 1, snap: snap}
	if limit := size / 4; snap == 0 || snap > limit {
		r.snap = limit
	}
	return r
}

// keyOf returns what packets are linked by: their flow, or, for those of none, the
// packet itself.
func keyOf(flow, number uint64) uint64 {
	if flow == 0 {
		return number | 1<<63
	}
	return flow
}

func (r *Ring) head(key uint64) *uint64 {
	return &r.heads[key*0x9e3779b97f4a7c15>>32&uint64(len(r.heads)-1)]
}

func (r *Ring) slot(n uint64) *slot { return &r.slots[n&uint64(len(r.slots)-1)] }

// Add copies a packet of a flow, 0 if it has none, with its number in the stream.
func (r *Ring) Add(p *dataplane.Packet, flow, number uint64) {
	size := uint64(min(len(p.Data), r.snap))
	whole := uint64(len(r.bytes))
	if left := whole - r.at%whole; left < size {
		r.at += left // a packet lies in one piece
	}
	for r.first < r.next && (r.slot(r.first).at+whole < r.at+size || r.next-r.first == uint64(len(r.slots))) {
		r.first++
	}
	key := keyOf(flow, number)
	head := r.head(key)
	*r.slot(r.next) = slot{at: r.at, prev: *head, key: key, number: number, time: p.Time, size: uint32(size), wire: p.Len, link: p.Link}
	copy(r.bytes[r.at%whole:], p.Data[:size])
	*head = r.next
	r.next++
	r.at += size
}

// find appends the packets with a key to list, the oldest first: of those up to a
// number at most before, the latest, and of those behind it at most after.
func (r *Ring) find(list []uint64, key, number uint64, before, after int) []uint64 {
	begin := len(list)
	behind := begin
	for n := *r.head(key); n >= r.first && before > 0; n = r.slot(n).prev {
		s := r.slot(n)
		if s.key != key {
			continue
		}
		list = append(list, n)
		if s.number > number {
			behind = len(list)
		} else {
			before--
		}
	}
	if extra := behind - begin - after; extra > 0 { // the latest of those behind it
		list = append(list[:begin], list[begin+extra:]...)
	}
	for i, j := begin, len(list)-1; i < j; i, j = i+1, j-1 {
		list[i], list[j] = list[j], list[i]
	}
	return list
}

// packet returns one that find has found, with its bytes in the ring.
func (r *Ring) packet(n uint64) packet {
	s := r.slot(n)
	at := s.at % uint64(len(r.bytes))
	return packet{time: s.time, number: s.number, wire: s.wire, link: s.link, data: r.bytes[at : at+uint64(s.size)]}
}
