package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// Tinc is the mesh of tunnels ("The meta-protocol" of its manual): a connection
// over TCP in lines of text, until encryption starts, and packets over UDP
// between the same hosts at the same port, which nothing but that connection
// tells.
var Tinc = dpi.Protocol{
	ID:   id.Tinc,
	Name: "tinc",
	Classifiers: []dpi.Classifier{
		{Parent: id.Tcp, Weight: 80, Ports: []uint16{655}, Classify: classifyTinc},
		{Parent: id.Udp, Weight: 10, Ports: []uint16{655}, Classify: classifyTincData},
	},
	Inspect: inspectTinc,
	Context: func() any { return new(tincPeers) },
}

// tincPeers remembers the latest meta connections: both addresses and the port
// that the daemons listen on.
type tincPeers struct {
	known [64]tincPeer
	next  int
}

type tincPeer struct {
	addr [2][16]byte
	port uint16
}

// has tells whether the ends of a flow have a meta connection at one of its
// ports.
func (t *tincPeers) has(f *dpi.Flow) bool {
	for i := range t.known {
		k := &t.known[i]
		if k.port == 0 {
			break // they are noted from the front on
		}
		if (k.port == f.Port[0] || k.port == f.Port[1]) &&
			(k.addr == f.Addr || k.addr[0] == f.Addr[1] && k.addr[1] == f.Addr[0]) {
			return true
		}
	}
	return false
}

// classifyTinc judges d as the first request of a meta connection, ID: "0", the
// sender's name, the version of the protocol ("17" or "17.7").
func classifyTinc(_ *dpi.Packet, d []byte) dpi.Verdict {
	if v := startsWith(d, "0 "); v != dpi.Yes {
		return v
	}
	line, _, whole := textLine(d)
	if !whole {
		return moreUnless(len(d) > 80 || !isPrintable(d))
	}
	name, version := textWord(line[2:])
	if !isTincName(name) || len(version) < 2 || version[0] != '1' || version[1] < '0' || version[1] > '9' {
		return dpi.No
	}
	return verdict(len(version) == 2 || version[2] == '.' && isNumber(version[3:]))
}

// isTincName tells whether name may be a host's: letters, digits and
// underscores.
func isTincName(name []byte) bool {
	for _, c := range name {
		if (c|0x20 < 'a' || c|0x20 > 'z') && !isDigit(c) && c != '_' {
			return false
		}
	}
	return len(name) > 0 && len(name) < 64
}

// inspectTinc notes a meta connection.
func inspectTinc(p *dpi.Packet, _ []byte) (done bool) {
	if f := p.Flow; f.L4 == protoTCP {
		peers := dpi.Context[tincPeers](p.Handler(), id.Tinc)
		if !peers.has(f) {
			peers.known[peers.next] = tincPeer{addr: f.Addr, port: f.Port[1]}
			peers.next = (peers.next + 1) % len(peers.known)
		}
	}
	return true
}

func classifyTincData(p *dpi.Packet, _ []byte) dpi.Verdict {
	return verdict(dpi.Context[tincPeers](p.Handler(), id.Tinc).has(p.Flow))
}
