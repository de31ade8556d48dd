package probe

import (
	"mmt/analyzer"
	"mmt/bpf"
)

// flowsOf returns the bypassed flows of a prefilter in the kernel, nil if it has
// none.
func flowsOf(k kernelSieve) analyzer.BypassedFlows {
	switch k := k.(type) {
	case *interfaceSieve:
		return kernelFlows{k.loaded.Flows()}
	case deviceSieve:
		return kernelFlows{k.Prefilter().Flows()}
	}
	return nil
}

// kernelFlows are the flows of the prefilter in words of the analyzer.
type kernelFlows struct{ flows *bpf.Flows }

func (k kernelFlows) Len() int { return k.flows.Cap() }

func (k kernelFlows) Add(f analyzer.BypassFlow) (uint32, error) {
	id, err := k.flows.Add(bpf.Flow(f))
	return uint32(id), err
}

func (k kernelFlows) Read(place uint32) [2]analyzer.BypassTraffic {
	return trafficOf(k.flows.Read(bpf.FlowID(place)))
}

func (k kernelFlows) Remove(place uint32) error { return k.flows.Remove(bpf.FlowID(place)) }

func (k kernelFlows) Collect(visit func(uint32, [2]analyzer.BypassTraffic)) error {
	return k.flows.Collect(0, func(id bpf.FlowID, _ bpf.Flow, t bpf.FlowTraffic) {
		visit(uint32(id), trafficOf(t))
	})
}

func trafficOf(t bpf.FlowTraffic) (ends [2]analyzer.BypassTraffic) {
	for i := range t {
		ends[i] = analyzer.BypassTraffic{Packets: t[i].Packets, Bytes: t[i].Bytes, Data: t[i].Data, Last: t[i].Last}
	}
	return ends
}
