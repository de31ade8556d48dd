package report

import "net/netip"

// GTP is application format 5: a session inside a GTP tunnel. The session's
// own Client and Server are the inner addresses.
type GTP struct {
	OuterSource      netip.Addr // ends of the tunnel, of the first packet
	OuterDestination netip.Addr
	TEIDs            []uint32 // tunnel endpoint ids seen, in order
}

func (*GTP) format() string { return ",5" }

func (g *GTP) appendFields(dst []byte, _ *Encoder) []byte {
	dst = appendAddrField(dst, g.OuterSource)
	dst = appendAddrField(dst, g.OuterDestination)
	return appendListField(dst, g.TEIDs)
}
