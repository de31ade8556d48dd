package dpi

// TCPInfo is what the session table's tracking of a TCP connection says about
// one packet. It is all zero for packets that are not TCP and where there is no
// session table.
type TCPInfo struct {
	// RTT is the round-trip time, ns, between a segment and this packet, which is
	// the first to acknowledge it; 0 if the packet measures none.
	RTT int64

	// Retransmitted: the payload begins before the end of what was seen. It may
	// have been lost before the capture; then OutOfOrder tells that it, or a part
	// of it, fills a hole in the stream.
	Retransmitted bool
	OutOfOrder    bool

	// Retransmissions counts the retransmitted segments of the session so far, by
	// direction.
	Retransmissions [2]uint32
	// UpLen and DownLen count the payload bytes of the session so far.
	UpLen, DownLen uint32

	SynReceived bool // this packet is the answer to the SYN
	Established bool // this packet completes the handshake
	Closed      bool // this packet ends the connection
}
