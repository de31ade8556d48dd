package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// Minecraft is the game's Java edition ("Java Edition protocol", Handshake): a
// client opens with its length, packet 0, the version of the protocol, the
// server's name and port, and what it wants next; or with the older ping of a
// server list.
var Minecraft = dpi.Protocol{
	ID:          id.Minecraft,
	Name:        "minecraft",
	Service:     true,
	Classifiers: []dpi.Classifier{{Parent: id.Tcp, Weight: 70, Ports: []uint16{25565}, Classify: classifyMinecraft}},
	Inspect:     inspectMinecraft,
}

// minecraftPing is the ping of versions 1.6 and before: "MC|PingHost" in UTF-16.
const minecraftPing = "\xfe\x01\xfa\x00\x0b\x00M\x00C\x00|\x00P\x00i\x00n\x00g"

func classifyMinecraft(_ *dpi.Packet, d []byte) dpi.Verdict {
	if d[0] == 0xfe {
		return startsWith(d, minecraftPing)
	}
	if len(d) > 2 && d[1] != 0 && d[2] != 0 {
		return dpi.No
	}
	_, v := minecraftHello(d)
	return v
}

// minecraftHello judges d as a handshake, and returns the server's name.
func minecraftHello(d []byte) (host []byte, v dpi.Verdict) {
	size, d, ok := leb128(d)
	switch {
	case !ok || len(d) == 0:
		return nil, dpi.More
	case size < 8 || size > 300 || d[0] != 0:
		return nil, dpi.No
	case len(d) < int(size):
		return nil, dpi.More
	}
	version, d, ok := leb128(d[1:size])
	if !ok || version > 1<<16 && version>>30 != 1 { // snapshots count from 2^30
		return nil, dpi.No
	}
	n, d, ok := leb128(d)
	if !ok || n == 0 || len(d) != int(n)+3 || !isText(d[:n]) {
		return nil, dpi.No
	}
	return d[:n], verdict(d[n+2] >= 1 && d[n+2] <= 3)
}

// leb128 reads a number of seven bits a byte, lowest first, of at most five
// bytes, from the front of d. ok is false if d ends before the number does.
func leb128(d []byte) (n uint32, rest []byte, ok bool) {
	for i, c := range d[:min(len(d), 5)] {
		n |= uint32(c&0x7f) << (7 * i)
		if c < 0x80 {
			return n, d[i+1:], true
		}
	}
	return 0, nil, false
}

// inspectMinecraft notes the name of the server, behind which mods put a zero
// and names of their own.
func inspectMinecraft(p *dpi.Packet, d []byte) (done bool) {
	if host, v := minecraftHello(d); v == dpi.Yes {
		for i, c := range host {
			if c == 0 {
				host = host[:i]
				break
			}
		}
		p.SetHost(host)
	}
	return true
}
