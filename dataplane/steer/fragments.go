package steer

import "math/bits"

// Bounds of what is remembered of fragmented datagrams.
const (
	fragmentSlots = 4096        // datagrams at a time; a power of two
	fragmentLife  = int64(30e9) // ns, as long as a defragmenter waits for the rest
)

// fragments remembers where fragmented datagrams go. A newer datagram takes the
// place of an older one with the same hash.
type fragments [fragmentSlots]heading

// heading is where the fragments of one datagram go.
type heading struct {
	key   uint64
	at    int64 // packet time of the fragment that made it, ns
	hash  uint64
	blind bool // made by a fragment that does not show what is inside
}

// datagramKey hashes what identifies a datagram: RFC 791 section 3.2, RFC 8200
// section 4.5. Its id comes with a seed, so that nobody can make datagrams that
// collide.
func datagramKey(addrs *pair, id uint64) uint64 {
	src, dst := addrs.src.hash(id), addrs.dst.hash(^id)
	high, low := bits.Mul64(src^0x9e3779b97f4a7c15, dst^0xd1b54a32d192ed03)
	return high ^ low
}

// together returns where a fragment goes that would go to h by itself: to where
// the fragments of its datagram went before.
func (s *Steer) together(h uint64, now int64) uint64 {
	w := &s.walk
	later := w.later
	for i := w.nPart - 1; i >= 0; i-- {
		h = s.join(w.part[i], h, now, later)
		later = false // what shows an inner fragment is a first one
	}
	return h
}

// join notes a fragment of a datagram and returns where it goes. The first
// fragment decides unless others came before it.
func (s *Steer) join(key, h uint64, now int64, later bool) uint64 {
	e := &s.fragments[key&(fragmentSlots-1)]
	known := e.key == key && now-e.at < fragmentLife
	if known && later {
		return e.hash
	}
	if known && e.blind {
		e.blind = false
		if e.hash != h {
			s.stats.Strays++
		}
		return e.hash
	}
	*e = heading{key: key, at: now, hash: h, blind: later}
	return h
}
