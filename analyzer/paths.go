package analyzer

import (
	"slices"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
	"mmt/report"
)

// pathCounts counts the packets of a period that belong to no session, by path.
type pathCounts struct {
	byPath []pathCount // by PathID
	active []dpi.PathID
}

type pathCount struct {
	packets, data, payload uint64
	first, last            int64
}

// fragCounts counts the IP packets of a period: all of them by the whole path of
// their flow, which needs no look-up, and fragments by the path up to IP.
type fragCounts struct {
	byFlowPath []report.Fragments // by PathID
	byPath     []fragCount        // by PathID of a path that ends in IP
	active     []dpi.PathID
}

type fragCount struct {
	all, fragments report.Fragments
	last           int64
}

// countPaths is the packet handler behind reports 99 and 101.
func (w *Worker) countPaths(p *dpi.Packet) {
	if p.Flow == nil {
		w.totals.NoSession++
		if w.options.NoSession != 0 {
			w.noFlow.add(p)
		}
		return
	}
	if w.options.Fragmentation != 0 {
		w.frags.add(p)
	}
}

func (c *pathCounts) add(p *dpi.Packet) {
	path := p.Handler().PathOf(p)
	for int(path) >= len(c.byPath) {
		c.byPath = append(c.byPath, pathCount{})
	}
	n := &c.byPath[path]
	if n.packets == 0 {
		n.first = p.Time
		c.active = append(c.active, path)
	}
	layers := p.Layers()
	n.packets++
	n.data += uint64(p.Len)
	n.payload += uint64(p.Len) - min(uint64(layers[len(layers)-1].Off), uint64(p.Len))
	n.last = p.Time
}

// add counts a packet of a flow.
func (c *fragCounts) add(p *dpi.Packet) {
	whole := p.Flow.PathOf(p.Dir)
	for int(whole) >= len(c.byFlowPath) {
		c.byFlowPath = append(c.byFlowPath, report.Fragments{})
	}
	n := &c.byFlowPath[whole]
	n.Packets++
	n.Data += uint64(p.Len)
	if tuple := p.Tuple(); tuple.Part {
		c.addFragment(p, tuple)
	}
}

func (c *fragCounts) addFragment(p *dpi.Packet, tuple *dpi.Tuple) {
	path := p.Handler().PathTo(p, int(tuple.Layer))
	for int(path) >= len(c.byPath) {
		c.byPath = append(c.byPath, fragCount{})
	}
	n := &c.byPath[path]
	if n.fragments.Packets == 0 {
		c.active = append(c.active, path)
	}
	n.last = p.Time
	n.fragments.Packets++
	n.fragments.Data += uint64(p.Len)
}

// sum adds up all packets of flows whose path leads through path and then to
// something else than IP.
func (c *fragCounts) sum(h *dpi.Handler, path []dpi.ProtocolID) (all report.Fragments) {
	for number := range c.byFlowPath {
		whole := h.Path(dpi.PathID(number))
		if n := len(path); len(whole) < n || !slices.Equal(whole[:n], path) || len(whole) > n && isIP(whole[n]) {
			continue
		}
		all.Packets += c.byFlowPath[number].Packets
		all.Data += c.byFlowPath[number].Data
	}
	return all
}

func isIP(protocol dpi.ProtocolID) bool { return protocol == id.Ip || protocol == id.Ipv6 }

// reportPaths writes reports 99 and 101 of the period that ends.
func (w *Worker) reportPaths() {
	for _, path := range w.noFlow.active {
		w.reporter.noSession(path, &w.noFlow.byPath[path])
		w.noFlow.byPath[path] = pathCount{}
	}
	w.noFlow.active = w.noFlow.active[:0]
	for _, path := range w.frags.active {
		n := &w.frags.byPath[path]
		n.all = w.frags.sum(w.handler, w.handler.Path(path))
		w.reporter.fragmentation(path, n)
		*n = fragCount{}
	}
	w.frags.active = w.frags.active[:0]
	clear(w.frags.byFlowPath)
}
