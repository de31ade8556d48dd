package analyzer

import (
	"mmt/analyzer/dpi"
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

// fragCounts counts the IP packets of a period by the path up to IP.
type fragCounts struct {
	byPath []fragCount
	active []dpi.PathID
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
	id := p.Handler().PathOf(p)
	for int(id) >= len(c.byPath) {
		c.byPath = append(c.byPath, pathCount{})
	}
	n := &c.byPath[id]
	if n.packets == 0 {
		n.first = p.Time
		c.active = append(c.active, id)
	}
	layers := p.Layers()
	n.packets++
	n.data += uint64(p.Len)
	n.payload += uint64(p.Len) - min(uint64(layers[len(layers)-1].Off), uint64(p.Len))
	n.last = p.Time
}

func (c *fragCounts) add(p *dpi.Packet) {
	tuple := p.Tuple()
	id := p.Handler().PathTo(p, int(tuple.Layer))
	for int(id) >= len(c.byPath) {
		c.byPath = append(c.byPath, fragCount{})
	}
	n := &c.byPath[id]
	if n.all.Packets == 0 {
		c.active = append(c.active, id)
	}
	n.all.Packets++
	n.all.Data += uint64(p.Len)
	n.last = p.Time
	if tuple.Part {
		n.fragments.Packets++
		n.fragments.Data += uint64(p.Len)
	}
}

// reportPaths writes reports 99 and 101 of the period that ends.
func (w *Worker) reportPaths() {
	for _, id := range w.noFlow.active {
		w.reporter.noSession(id, &w.noFlow.byPath[id])
		w.noFlow.byPath[id] = pathCount{}
	}
	w.noFlow.active = w.noFlow.active[:0]
	for _, id := range w.frags.active {
		if n := &w.frags.byPath[id]; n.fragments.Packets > 0 {
			w.reporter.fragmentation(id, n)
		}
		w.frags.byPath[id] = fragCount{}
	}
	w.frags.active = w.frags.active[:0]
}
