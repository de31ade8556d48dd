// Package dataplane is the way packets come in: a Source hands out bursts of
// packets that stay in the source's own memory (a mapped file, a ring, a UMEM)
// until they are released. It knows frames, timestamps and link types; it does
// not know any protocol beyond what steering by flow hash needs.
package dataplane

// BurstSize is the largest number of packets in one Burst, the unit of work of
// the whole probe.
const BurstSize = 64

// LinkType says how the first bytes of a packet are to be read. The values are
// the LINKTYPE_ numbers of the pcap and pcapng registry (tcpdump.org/linktypes).
type LinkType uint16

// The link types that the probe can dissect.
const (
	LinkNull        LinkType = 0   // BSD loopback, address family in host byte order
	LinkEthernet    LinkType = 1   // IEEE 802.3
	LinkPPP         LinkType = 9   // PPP, RFC 1661, with or without HDLC framing
	LinkPPPHDLC     LinkType = 50  // PPP in HDLC-like framing, RFC 1662
	LinkPPPoE       LinkType = 51  // PPPoE session frames, RFC 2516
	LinkRaw12       LinkType = 12  // raw IP, as some systems number it (DLT_RAW)
	LinkRaw14       LinkType = 14  // raw IP on OpenBSD
	LinkRaw         LinkType = 101 // raw IPv4 or IPv6, told by the version nibble
	LinkCHDLC       LinkType = 104 // Cisco HDLC
	Link80211       LinkType = 105 // IEEE 802.11
	LinkLoop        LinkType = 108 // OpenBSD loopback, address family in network byte order
	LinkSLL         LinkType = 113 // Linux cooked capture v1
	LinkRadiotap    LinkType = 127 // radiotap header, then IEEE 802.11
	LinkPPI         LinkType = 192 // per-packet information, then another link type
	Link802154      LinkType = 195 // IEEE 802.15.4 with FCS
	LinkIPv4        LinkType = 228 // raw IPv4
	LinkIPv6        LinkType = 229 // raw IPv6
	Link802154NoFCS LinkType = 230 // IEEE 802.15.4 without FCS
	LinkSLL2        LinkType = 276 // Linux cooked capture v2
)

// Packet is one captured frame. Data points into memory of the Source and may
// be read until the burst that holds the packet is released.
type Packet struct {
	Data []byte   // captured bytes, starting at the link layer
	Time int64    // capture time, nanoseconds since the Unix epoch
	Len  uint32   // length on the wire in bytes, >= len(Data) for a sound source
	Link LinkType // how Data starts
	Port uint16   // index of the interface or port, 0 for the first
}

// Burst is a group of packets that are received and released together. The
// memory of a Burst belongs to the caller and is used again and again.
type Burst struct {
	Packets [BurstSize]Packet
	N       int // packets in use, 0..BurstSize
}

// Stats counts what a Source has seen so far.
type Stats struct {
	Received      uint64 // packets handed out
	ReceivedBytes uint64 // their bytes on the wire
	Dropped       uint64 // packets lost before they could be handed out
	TooLong       uint64 // of these, packets that the source has no room for at any time
	Filtered      uint64 // packets that a filter of the source left out
}

// Source hands out packets in bursts. A Source has one reader.
type Source interface {
	// Receive fills b with the next packets, at least one unless it returns an
	// error or a live source had nothing to give (b.N == 0, nil error). At the
	// end of a trace it returns io.EOF; where the trace is cut or damaged, it
	// returns an error that names the file and the place. Packets before the
	// damage have been handed out by earlier calls.
	Receive(b *Burst) error
	// Release gives the packets of b back to the source. They may come in other
	// bursts than those they were received in.
	Release(b *Burst)
	// Stats may be called from another goroutine.
	Stats() Stats
	Close() error
}
