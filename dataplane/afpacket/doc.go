// Package afpacket captures live traffic with AF_PACKET, the packet sockets of
// Linux: a ring of blocks (TPACKET_V3) that the kernel fills and the probe reads
// in place. It needs no driver, no library and no C.
//
// # Packets and blocks
//
// Packets point into the ring. A block goes back to the kernel when all its
// packets have been released, by whichever goroutine and in whatever order; a
// ring of which all blocks are held takes no packets, and the kernel counts
// those as dropped.
//
// The kernel takes the outer VLAN tag out of a frame and hands it over beside
// it. It is written back in front of the frame, where the ring keeps room for
// it: twelve bytes move, nothing is copied. Frames of interfaces whose link
// layer no dissector knows come as Linux cooked captures (LINKTYPE_LINUX_SLL),
// whose header is put in front of the packet in the same way.
//
// A filter is matched in user space, by package filter, because it is then the
// same filter as that of a trace, VLAN tags included; only the snapshot length
// is applied by the kernel.
//
// A NIC that joins segments (GRO, LRO) and a kernel that leaves segmenting to
// the NIC (TSO) make frames of up to 64 kB that never were on the wire. Where
// packets are to be counted as they were, switch it off: ethtool -K eth0 gro
// off lro off.
//
// # Several sockets
//
// OpenGroup opens several sockets among which the kernel shares out packets
// (PACKET_FANOUT), one for each polling thread. ByHosts is a program of this
// package: all packets between two hosts go to the same socket, both
// directions, fragments, and what is inside tunnels; what is not IP goes by the
// two Ethernet addresses. ByFlows is the kernel's own hash, which spreads finer:
// both directions of a TCP or UDP flow stay together, also inside GRE and IP in
// IP, but fragments go by their addresses, so that they may part from the
// unfragmented packets of their flow, and tunnels over UDP (VXLAN, GTP) go by
// their outer ports, so that the directions of an inner flow may part. With it,
// packets must be steered again in user space.
//
// # Figures
//
// The kernel's counters start anew each time they are read; here they add up.
// At any time, seen = received + filtered + dropped + waiting in the ring, and
// after Close nothing is waiting: what was left is counted as dropped.
//
// # Interfaces that go away
//
// An interface may go down and come up again, or be removed and made anew under
// its name: Receive goes on, gives nothing meanwhile, and tells by a callback.
package afpacket
