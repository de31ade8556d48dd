package steer

import "mmt/dataplane"

// Hash returns what decides about a packet.
func (s *Steer) Hash(p *dataplane.Packet) uint64 { return s.hash(p) }

// PlaceOf returns where the transport of a packet is.
func (s *Steer) PlaceOf(p *dataplane.Packet) Place {
	_, at := s.at(p)
	return at
}

// HashOf returns the same for two addresses, IPv4 after ::ffff.
func HashOf(src, dst [16]byte, seed uint64) uint64 {
	return pair{address16(src[:]), address16(dst[:])}.hash(seed)
}

// LooksLikeFrame tells whether an EtherType makes bytes look like a frame.
func LooksLikeFrame(t uint16) bool { return frameTypes[t>>6]&(1<<(t&63)) != 0 }
