package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// WireGuard is the tunnel of that name (Donenfeld, "WireGuard: Next Generation
// Kernel Network Tunnel", section 5.4): four kinds of messages, three of them of
// fixed length. Tailscale's nodes mix it with messages of their own, and
// Cloudflare's service marks it in bytes that are otherwise zero.
var WireGuard = dpi.Protocol{
	ID:          id.Wireguard,
	Name:        "wireguard",
	Classifiers: []dpi.Classifier{{Parent: id.Udp, Weight: 100, Ports: []uint16{51820}, Classify: classifyWireGuard}},
	Inspect:     inspectWireGuard,
}

// CloudflareWARP is WireGuard with a client's number in the reserved bytes of
// each message.
var CloudflareWARP = dpi.Protocol{
	ID:          id.CloudflareWarp,
	Name:        "cloudflare_warp",
	Service:     true,
	Classifiers: []dpi.Classifier{{Parent: id.Udp, Weight: 80, Ports: []uint16{500, 1701, 2408, 4500}, Classify: classifyWARP}},
}

// Tailscale is a network of WireGuard tunnels whose nodes find ways to each
// other by messages of their own between WireGuard's (package disco of
// Tailscale's source): six bytes of magic, the sender's key, a nonce.
var Tailscale = service(toldByDatagram(id.Tailscale, "tailscale", isDisco, 41641))

// Lengths of WireGuard's messages, bytes.
const (
	wgInitiation = 148
	wgResponse   = 92
	wgCookie     = 64
	wgData       = 32 // at least; the content is padded to 16
)

// discoHeader is the magic, the key and the nonce.
const discoHeader = 6 + 32 + 24

func isDisco(d []byte) bool {
	return len(d) >= discoHeader && be32(d) == 0x5453f09f && be16(d[4:]) == 0x92ac // "TS" and a speech balloon
}

func classifyWireGuard(p *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) < wgData {
		return dpi.No
	}
	switch le32(d) {
	case 1, 2:
		if len(d) == wgInitiation && d[0] == 1 || len(d) == wgResponse && d[0] == 2 {
			return dpi.Yes
		}
		return isWireGuardHandshake(p)
	case 3:
		return verdict(len(d) == wgCookie)
	case 4:
		return wireGuardData(p, d)
	}
	return dpi.No
}

// isWireGuardHandshake judges both messages of a handshake that variants have
// made longer: the response's receiver is the initiation's sender.
func isWireGuardHandshake(p *dpi.Packet) dpi.Verdict {
	return isSaid(p, func(client []byte, clientLen int, server []byte, serverLen int) bool {
		return clientLen >= wgInitiation && serverLen >= wgResponse && client[0] == 1 && server[0] == 2 &&
			be32(client[4:]) == be32(server[8:])
	})
}

// wireGuardData judges a message of data by the one before it in the same
// direction: the same receiver, a counter that has gone up a little.
func wireGuardData(p *dpi.Packet, d []byte) dpi.Verdict {
	first, n := p.First(p.Dir)
	if len(d)%16 != 0 || n < wgData || le32(first) != 4 {
		return dpi.No
	}
	if p.Asked(p.Dir) == 1 {
		return dpi.More
	}
	step := le64(d[8:]) - le64(first[8:])
	return verdict(le32(d[4:]) == le32(first[4:]) && step > 0 && step < 1<<16)
}

// wireGuardLook is in how many packets of a flow Tailscale is looked for.
const wireGuardLook = 8

func inspectWireGuard(p *dpi.Packet, d []byte) (done bool) {
	if isDisco(d) {
		p.Become(id.Tailscale)
		return true
	}
	return p.Asked(dpi.Up)+p.Asked(dpi.Down) >= wireGuardLook
}

// classifyWARP recognises a handshake by the response's receiver, which is the
// initiation's sender, and by the mark that both carry.
func classifyWARP(p *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) < wgData || d[0] == 0 || d[0] > 2 || isZero(d[1:4]) {
		return dpi.No
	}
	v := isWireGuardHandshake(p)
	if v == dpi.Yes {
		p.Push(id.Wireguard)
	}
	return v
}
