package analyzer

import (
	"cmp"
	"maps"
	"slices"

	"mmt/analyzer/session"
	"mmt/report"
)

// MicroFlows says which sessions are too small to be reported one by one, and when
// they are reported together (report 8, manual section 3.1, micro-flows). A limit
// of 0 is no limit.
type MicroFlows struct {
	Output  Channels // 0: there are no micro flows
	Packets uint64   // a session of at most as many packets is one
	Bytes   uint64   // so is one of at most as many bytes

	ReportPackets, ReportBytes, ReportFlows uint64 // together, of one application
}

// isMicro tells whether a session is too small to be reported alone, and nothing
// of it was reported.
func (o *MicroFlows) isMicro(s *session.Session) bool {
	if o.Output == 0 {
		return false
	}
	packets := s.Packets[0] + s.Packets[1]
	if packets > o.Packets && s.Bytes[0]+s.Bytes[1] > o.Bytes {
		return false
	}
	return packets == uint64(s.Period.Packets[0])+uint64(s.Period.Packets[1])
}

// microFlow is a session that has ended as a micro flow.
type microFlow struct {
	id      uint64 // of the session: in the order in which they began
	proto   uint32
	last    int64 // time of the last packet, ns
	packets [2]uint64
	bytes   [2]uint64
}

// microFlows adds up the micro flows of all sessions that report together.
type microFlows struct {
	options *MicroFlows
	ended   []microFlow // at this moment
	sums    map[uint32]*report.MicroFlows
}

func newMicroFlows(o *MicroFlows) microFlows {
	return microFlows{options: o, sums: map[uint32]*report.MicroFlows{}}
}

// flush adds what has ended at a moment and calls write with each report that has
// become due. Sessions count in the order in which they began, whoever told of
// them first.
func (m *microFlows) flush(write func(r *report.MicroFlows)) {
	if len(m.ended) > 1 {
		slices.SortFunc(m.ended, func(a, b microFlow) int { return cmp.Compare(a.id, b.id) })
	}
	for i := range m.ended {
		if sum := m.add(&m.ended[i]); m.options.isFull(sum) {
			write(sum)
			*sum = report.MicroFlows{Proto: sum.Proto}
		}
	}
	m.ended = m.ended[:0]
}

// add adds a flow to its application's sum, which it returns.
func (m *microFlows) add(f *microFlow) *report.MicroFlows {
	sum := m.sums[f.proto]
	if sum == nil {
		sum = &report.MicroFlows{Proto: f.proto}
		m.sums[f.proto] = sum
	}
	sum.Time = max(sum.Time, f.last)
	sum.Flows++
	sum.Up.Packets += f.packets[0]
	sum.Up.Data += f.bytes[0]
	sum.Down.Packets += f.packets[1]
	sum.Down.Data += f.bytes[1]
	return sum
}

// isFull tells whether enough has come together for a report.
func (o *MicroFlows) isFull(sum *report.MicroFlows) bool {
	reached := func(n, limit uint64) bool { return limit != 0 && n >= limit }
	return reached(sum.Up.Packets+sum.Down.Packets, o.ReportPackets) ||
		reached(sum.Up.Data+sum.Down.Data, o.ReportBytes) || reached(sum.Flows, o.ReportFlows)
}

// close calls write with what is left, in the order of applications.
func (m *microFlows) close(write func(r *report.MicroFlows)) {
	m.flush(write)
	for _, proto := range slices.Sorted(maps.Keys(m.sums)) {
		if m.sums[proto].Flows > 0 {
			write(m.sums[proto])
		}
	}
}

// period reports a session at the end of a stats-period. One that may be a micro
// flow in the end waits for what comes.
func (r *reporter) period(s *session.Session) {
	if r.w.options.MicroFlows.isMicro(s) {
		s.Carry()
		return
	}
	r.session(s)
}

// ended reports a session that ends.
func (r *reporter) ended(s *session.Session) {
	if !r.w.options.MicroFlows.isMicro(s) {
		r.session(s)
		return
	}
	r.findPaths(s)
	r.behaviour(s)
	r.export(s)
	f := microFlow{id: s.ID, proto: r.session100.Proto, last: s.LastTime, packets: s.Packets, bytes: s.Bytes}
	if r.teller != nil {
		r.teller.microFlow(&f)
		return
	}
	r.micro.ended = append(r.micro.ended, f)
	if r.moment == momentPacket {
		r.micro.flush(r.writeMicro)
	}
}

func (r *reporter) writeMicro(rec *report.MicroFlows) { r.write(r.w.options.MicroFlows.Output, rec) }

// microFlow tells of a session that has ended as a micro flow.
func (t *teller) microFlow(f *microFlow) {
	t.story.micro = append(t.story.micro, *f)
	t.event(eventMicroFlow).end = uint32(len(t.story.micro))
}

func (m *Merger) writeMicro(rec *report.MicroFlows) { m.write(m.options.MicroFlows.Output, rec) }
