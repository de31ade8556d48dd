package analyzer

import (
	"slices"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
	"mmt/report"
)

// pathTraffic is that of a path in a period.
type pathTraffic struct {
	packets, data, payload uint64
	first, last            int64
	period                 uint64 // its number
}

// add adds what another worker has counted in the same period.
func (t *pathTraffic) add(o *pathTraffic) {
	if t.packets == 0 {
		t.first = o.first
	}
	t.packets += o.packets
	t.data += o.data
	t.payload += o.payload
	t.first, t.last, t.period = min(t.first, o.first), max(t.last, o.last), o.period
}

// noSession makes report 99.
func (t *pathTraffic) noSession(path []uint32) *report.NoSession {
	return &report.NoSession{
		Time: t.last, Number: t.period, Proto: lastOf(path), Path: path, First: t.first,
		Traffic: report.Volume{Data: t.data, Payload: t.payload, Packets: t.packets},
	}
}

// fragmentation makes report 101.
func (t *pathTraffic) fragmentation(path []uint32, all report.Fragments) *report.Fragmentation {
	return &report.Fragmentation{
		Time: t.last, Path: path, All: all, Fragmented: report.Fragments{Packets: t.packets, Data: t.data},
	}
}

// pathCounts counts the packets of a period that belong to no session, by path.
type pathCounts struct {
	byPath []pathTraffic // by PathID
	active []dpi.PathID
}

// fragCounts counts the IP packets of a period: all of them by the whole path of
// their flow, which needs no look-up, and fragments by the path up to IP.
type fragCounts struct {
	byFlowPath []report.Fragments // by PathID
	byPath     []pathTraffic      // by PathID of a path that ends in IP
	active     []dpi.PathID
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
		c.byPath = append(c.byPath, pathTraffic{})
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
	c.addFlow(p.Flow.PathOf(p.Dir), 1, uint64(p.Len))
	if tuple := p.Tuple(); tuple.Part {
		c.addFragment(p, tuple)
	}
}

// addFlow counts packets of flows with a path.
func (c *fragCounts) addFlow(path dpi.PathID, packets, bytes uint64) {
	for int(path) >= len(c.byFlowPath) {
		c.byFlowPath = append(c.byFlowPath, report.Fragments{})
	}
	n := &c.byFlowPath[path]
	n.Packets += packets
	n.Data += bytes
}

func (c *fragCounts) addFragment(p *dpi.Packet, tuple *dpi.Tuple) {
	path := p.Handler().PathTo(p, int(tuple.Layer))
	for int(path) >= len(c.byPath) {
		c.byPath = append(c.byPath, pathTraffic{})
	}
	n := &c.byPath[path]
	if n.packets == 0 {
		n.first = p.Time
		c.active = append(c.active, path)
	}
	n.last = p.Time
	n.packets++
	n.data += uint64(p.Len)
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

// reportPaths writes reports 99 and 101 of the period that ends, or tells what
// they are made of.
func (w *Worker) reportPaths() {
	if w.reporter.teller != nil {
		w.tellPaths(w.reporter.teller)
	} else {
		w.writePaths()
	}
	for _, path := range w.noFlow.active {
		w.noFlow.byPath[path] = pathTraffic{}
	}
	for _, path := range w.frags.active {
		w.frags.byPath[path] = pathTraffic{}
	}
	w.noFlow.active, w.frags.active = w.noFlow.active[:0], w.frags.active[:0]
	clear(w.frags.byFlowPath)
}

func (w *Worker) writePaths() {
	r := &w.reporter
	for _, path := range w.noFlow.active {
		n := &w.noFlow.byPath[path]
		n.period = w.ticks
		r.write(w.options.NoSession, n.noSession(appendIDs(nil, w.handler.Path(path))))
	}
	for _, path := range w.frags.active {
		protocols := w.handler.Path(path)
		r.write(w.options.Fragmentation, w.frags.byPath[path].fragmentation(appendIDs(nil, protocols), w.frags.sum(w.handler, protocols)))
	}
}

// tellPaths tells the counts of the period.
func (w *Worker) tellPaths(t *teller) {
	tell := func(kind countKind, path dpi.PathID, n pathTraffic) {
		n.period = w.ticks
		t.count(kind, w.handler.Path(path), &n)
	}
	for _, path := range w.noFlow.active {
		tell(countNoSession, path, w.noFlow.byPath[path])
	}
	for _, path := range w.frags.active {
		tell(countFragments, path, w.frags.byPath[path])
	}
	for path, n := range w.frags.byFlowPath {
		if n.Packets > 0 {
			tell(countFlows, dpi.PathID(path), pathTraffic{packets: n.Packets, data: n.Data})
		}
	}
	t.countsEnd()
}
