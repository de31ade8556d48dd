package report

import "net/netip"

// Behaviour is the report of the files of the block behaviour: what a session has
// sent since its last report. It has format id 101 there.
type Behaviour struct {
	Time           int64  // latest packet, nanoseconds since 1970
	Proto          uint32 // last protocol of the path
	Up, Down       uint64 // bytes, headers included; up is from client to server
	Client, Server netip.Addr
}

// Append implements Record.
func (r *Behaviour) Append(dst []byte, e *Encoder) []byte {
	e = e.ofFiles()
	dst = e.begin(dst, "101", r.Time)
	dst = appendUintField(dst, uint64(r.Proto))
	dst = appendUintField(dst, r.Up)
	dst = appendUintField(dst, r.Down)
	dst = appendAddrField(dst, r.Client)
	dst = appendAddrField(dst, r.Server)
	return e.end(dst)
}
