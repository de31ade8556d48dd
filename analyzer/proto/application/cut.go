package application

import "mmt/analyzer/dpi"

// sentLength returns how long the datagram was whose beginning d is: longer
// than d if the capture cut the packet. It must only be asked for payload of
// UDP.
func sentLength(p *dpi.Packet, d []byte) int {
	if int(p.Len) <= len(p.Data) {
		return len(d)
	}
	const header = 8 // of UDP, the length at 4
	h := p.LayerBytes(p.Transport())
	if len(h) < header {
		return len(d)
	}
	return max(len(d), be16(h[4:])-header)
}
