package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// OpenFlow is the protocol of the Open Networking Foundation between a switch
// and its controller, version 1.0 to 1.5.
var OpenFlow = dpi.Protocol{
	ID:   id.Openflow,
	Name: "openflow",
	Classifiers: []dpi.Classifier{
		{Parent: id.Tcp, Weight: 50, Ports: []uint16{6633, 6653}, Classify: classifyOpenFlow},
	},
}

// openflowPort tells whether the packet is on a port of OpenFlow.
func openflowPort(p *dpi.Packet) bool { return p.HasPort(6633) || p.HasPort(6653) }

// classifyOpenFlow asks for a header (OpenFlow Switch Specification section
// 7.1.1: version, type, length, number); elsewhere than on the ports of
// OpenFlow both sides must open with a hello.
func classifyOpenFlow(p *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) < 8 {
		return moreUnless(len(d) > 1 && (d[0] == 0 || d[0] > 6 || d[1] > 35))
	}
	n := be16(d[2:])
	if d[0] == 0 || d[0] > 6 || d[1] > 35 || n < 8 {
		return dpi.No
	}
	if openflowPort(p) {
		return openFlowChain(d)
	}
	if !isOpenFlowHello(d) {
		return dpi.No
	}
	other, _ := p.First(p.Dir ^ 1)
	if len(other) < 8 {
		return moreUnless(len(other) > 0)
	}
	return verdict(isOpenFlowHello(other))
}

// openFlowChain judges messages of one version that follow each other. One that
// is cut stands for nothing alone.
func openFlowChain(d []byte) dpi.Verdict {
	version := d[0]
	for whole := 0; len(d) >= 8; whole++ {
		n := be16(d[2:])
		if d[0] != version || d[1] > 35 || n < 8 {
			return dpi.No
		}
		if n > len(d) {
			return yesOrMore(whole > 0)
		}
		d = d[n:]
	}
	return dpi.Yes
}

// isOpenFlowHello tells whether d begins with a hello: nothing but a header, or
// a bitmap of versions behind it (section 7.5.1).
func isOpenFlowHello(d []byte) bool {
	if d[0] == 0 || d[0] > 6 || d[1] != 0 || d[2] != 0 {
		return false
	}
	return d[3] == 8 || d[3] == 16 && len(d) >= 12 && d[8] == 0 && d[9] == 1 && d[10] == 0
}
