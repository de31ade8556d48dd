package mobile

import (
	mathbits "math/bits"
	"slices"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
	"mmt/analyzer/proto/transport"
)

// Flags of a DATA chunk (RFC 9260 section 3.3.1): the user's message begins, or
// ends, in it.
const (
	chunkEnds   = 1
	chunkBegins = 2
)

// overSCTP makes the classifier of a protocol over SCTP: the chunk must announce
// it by one of its payload protocol identifiers (IANA, "SCTP Payload Protocol
// Identifiers"), in either byte order since some senders mistake it, or by none
// (0) on one of the protocol's ports; and looks must accept the beginning of a
// message, which is the whole message unless cut.
func overSCTP(looks func(d []byte, cut bool) bool, ppids []uint32, ports ...uint16) []dpi.Classifier {
	classify := func(p *dpi.Packet, _ []byte) dpi.Verdict {
		ppid, d := transport.SCTPPayloadProtocol(p)
		if !announced(p, ppid, ppids, ports) || len(d) == 0 {
			return dpi.More // another chunk of the association may
		}
		if p.LayerBytes(p.Transport())[1]&chunkBegins == 0 || !looks(d, isCut(p)) {
			return dpi.More
		}
		return dpi.Yes
	}
	return []dpi.Classifier{{Parent: id.SctpData, Weight: 90, Ports: ports, Classify: classify}}
}

// isCut tells whether the packet's first DATA chunk holds less than a whole
// message: the rest comes in other chunks, or was not captured.
func isCut(p *dpi.Packet) bool {
	b := p.LayerBytes(p.Transport())
	return len(b) > 1 && b[0] == 0 && b[1]&chunkEnds == 0 || int(p.Len) > len(p.Data)
}

// announced tells whether a payload protocol identifier, or its absence on a
// port, stands for the protocol.
func announced(p *dpi.Packet, ppid uint32, ppids []uint32, ports []uint16) bool {
	if ppid == 0 {
		for _, port := range ports {
			if p.HasPort(port) {
				return true
			}
		}
		return false
	}
	return slices.Contains(ppids, ppid) || slices.Contains(ppids, mathbits.ReverseBytes32(ppid))
}
