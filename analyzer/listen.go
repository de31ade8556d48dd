package analyzer

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/session"
	"mmt/dataplane"
)

// Bounds of what a listener keeps: it needs sessions only while somebody speaks
// in them.
const (
	listenSessions  = 1 << 13
	listenStore     = 16 << 20 // bytes of strings
	listenStreams   = 4 << 20  // bytes of segments
	listenFragments = 4 << 20  // bytes of fragments
)

// listener hears the heralds of the other workers at their place in the stream. It
// dissects them in sessions of its own, which are reported to nobody. What it learns
// of other hosts the worker's handler knows, too, which learns the rest itself from
// the heralds that are the worker's own.
type listener struct {
	handler *dpi.Handler
	table   *session.Table
	clock   int64 // when the table's timers are due, ns
}

// newListener makes a listener for a worker with the given options, and puts into
// them what the worker's handler must have of it. Call it before that is made.
func newListener(reg *dpi.Registry, options *Options) (*listener, error) {
	l := &listener{}
	l.table = session.NewTable(session.Config{
		Max: listenSessions, Shared: true, StreamMemory: listenStreams, FragmentMemory: listenFragments,
		Ended: func(s *session.Session) { l.handler.EndFlow(&s.Flow) },
	})
	own := dpi.Options{
		Encapsulation: options.Dissection.Encapsulation, Services: options.Dissection.Services,
		StoreLimit: listenStore, Knowledge: dpi.NewKnowledge(reg), Learn: true,
	}
	if options.Defragment {
		own.Defragmenter = l.table
	}
	h, err := dpi.NewHandler(reg, heard{l.table, reg.Heralds()}, own)
	l.handler = h
	options.Dissection.Knowledge, options.Dissection.Learn = own.Knowledge, true
	return l, err
}

// listen hears one packet, which has the given number in the stream.
func (l *listener) listen(packet []dataplane.Packet, number uint64) {
	if t := packet[0].Time; t >= l.clock {
		l.table.Advance(t)
		l.clock = t - t%second + second
	}
	l.handler.ProcessAt(number, inOrder[:1], packet[:1])
}

// heard is the session table of a listener.
type heard struct {
	*session.Table
	heralds *dpi.Heralds
}

// Lookup finds the session of a packet, nil for what fragments have turned out to
// be that is no herald.
func (h heard) Lookup(p *dpi.Packet) *dpi.Flow {
	if t := p.Tuple(); t.Part && !h.heralds.Is(t.Proto, t.SrcPort, t.DstPort, p.Payload) {
		return nil
	}
	return h.Table.Lookup(p)
}
