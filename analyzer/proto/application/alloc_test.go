package application

import (
	"testing"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
	"mmt/analyzer/proto/prototest"
)

// asking returns a protocol that takes nothing, but calls try with each packet
// as a classifier gets it.
func asking(parent dpi.ProtocolID, try func(p *dpi.Packet, d []byte)) dpi.Protocol {
	return dpi.Protocol{ID: id.Http, Name: "http", Classifiers: []dpi.Classifier{{Parent: parent, Classify: func(p *dpi.Packet, d []byte) dpi.Verdict {
		try(p, d)
		return dpi.No
	}}}}
}

// over returns the classifiers of the infrastructure protocols over a parent
// that are asked about every unknown flow.
func over(parent dpi.ProtocolID) (list []dpi.Classifier) {
	for _, p := range infrastructure() {
		for _, c := range p.Classifiers {
			if c.Parent == parent && !c.Only {
				list = append(list, c)
			}
		}
	}
	return list
}

// TestClassifiersAllocateNothing holds that asking the classifiers about a
// payload, theirs or not, takes no memory.
func TestClassifiersAllocateNothing(t *testing.T) {
	payloads := map[string][]byte{
		"DNS": dnsAsks(1, 0x0100, "www.example.org"), "zeros": make([]byte, 1400), "text": []byte("HTTP/1.1 200 OK\r\nServer: something\r\n\r\n"),
		"XML": []byte("<?xml version=\"1.0\"?><a>this is some XML of no protocol</a>"), "JSON": []byte(`{"version": [2, 0], "port": 17500}`),
		"SNMP": berOf(0x30, berOf(2, 1), berOf(4, "public"), berOf(0xa0, berOf(2, 1))), "noise": []byte("\x9c\x8f\x11\xee\x12 and so on, of no protocol at all"),
	}
	for _, parent := range []dpi.ProtocolID{id.Udp, id.Tcp} {
		list := over(parent)
		for name, payload := range payloads {
			var allocs float64
			n := prototest.New(t, asking(parent, func(p *dpi.Packet, d []byte) {
				allocs = testing.AllocsPerRun(100, func() {
					for i := range list {
						list[i].Classify(p, d)
					}
				})
			}))
			if parent == id.Udp {
				n.UDP(40000, 40001).Up(payload)
			} else {
				n.TCP(40000, 40001).Up(payload)
			}
			if allocs != 0 {
				t.Errorf("%s over %d: %v allocations", name, parent, allocs)
			}
		}
	}
}
