package steer

import "mmt/dataplane"

// Hash returns what decides about a packet.
func (s *Steer) Hash(p *dataplane.Packet) uint64 { return s.hash(p) }

// HashOf returns the same for two addresses, IPv4 after ::ffff.
func HashOf(src, dst [16]byte, seed uint64) uint64 {
	return pair{address16(src[:]), address16(dst[:])}.hash(seed)
}

// LooksLikeFrame tells whether an EtherType makes bytes look like a frame.
func LooksLikeFrame(t uint16) bool { return frameTypes[t>>6]&(1<<(t&63)) != 0 }
