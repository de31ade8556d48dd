package analyzer

import (
	"net/netip"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/application"
	"mmt/analyzer/session"
	"mmt/report"
)

// reporter fills report records from sessions and counters. Its records and
// buffers are used again for every line.
type reporter struct {
	w          *Worker
	session100 report.Session

	behaviour101 report.Behaviour
	agent102     report.UserAgent
	path         []dpi.ProtocolID
	line         []byte
	apps         apps

	teller      *teller // nil: lines go to the output
	micro       microFlows
	note        lteNote
	topology    topology
	moment      moment
	activeFlows uint64 // at the beginning of the moment
}

// at says at which moment of the packet of a number the worker is. Sessions that
// end at a moment were still active when it began.
func (r *reporter) at(number uint64, m moment) {
	r.micro.flush(r.writeMicro)
	r.moment = m
	r.activeFlows = uint64(r.w.table.Len())
	if r.teller != nil {
		r.teller.at(number, m)
	}
}

// active returns how many sessions there are.
func (r *reporter) active() uint64 {
	if r.moment == momentExpiry || r.moment == momentClose {
		return r.activeFlows
	}
	return uint64(r.w.table.Len())
}

func (r *reporter) init(w *Worker) {
	r.w = w
	r.session100.Thread = w.options.Thread
	r.apps.init(w)
	r.micro = newMicroFlows(&w.options.MicroFlows)
	r.topology = newTopology()
	if m := w.options.Merger; m != nil {
		r.teller = m.tellers[w.me]
		r.teller.packets = w.handler.Packets
	}
}

// session writes report 100 of a session that was active since its last one.
func (r *reporter) session(s *session.Session) {
	c := &s.Period
	if r.w.options.Sessions|r.w.options.Behaviour|r.w.options.Export == 0 || c.Packets[0]+c.Packets[1] == 0 {
		return
	}
	r.fill(s)
	r.behaviour(s)
	r.export(s)
	if r.w.options.Sessions == 0 {
		return
	}
	r.session100.App = r.apps.of(s)
	r.write100(s)
}

// write100 hands over the report of a session. A teller leaves the numbers that
// depend on the sessions of others open.
func (r *reporter) write100(s *session.Session) {
	rec := &r.session100
	control := uint64(0)
	if r.teller != nil {
		if ftp, ok := rec.App.(*report.FTP); ok {
			control, ftp.ControlSession = ftp.ControlSession, 0
		}
		rec.ActiveFlows, rec.ID = 0, 0
	}
	for to, e := range r.w.options.Forms.Of(r.w.options.Sessions) {
		r.line = rec.Append(r.line[:0], e)
		r.hand100(to, s, control)
		if rec.HasEvent(e) && r.isNews(s) {
			r.line = rec.AppendEvent(r.line[:0], e)
			r.hand100(to, s, control)
		}
	}
}

// hand100 hands over the line at hand, of a session.
func (r *reporter) hand100(to Channels, s *session.Session, control uint64) {
	if r.teller == nil {
		r.hand(to, r.line)
		return
	}
	r.teller.session(to, r.line, r.session100.Gaps, s.Slot, control)
	r.w.totals.Reports++
}

// isNews tells whether the application of a session has something to tell in an
// event of its own: the name of a TLS server is told once.
func (r *reporter) isNews(s *session.Session) bool {
	tls, ok := r.session100.App.(*report.TLS)
	if !ok {
		return true
	}
	if len(tls.ServerName) == 0 || s.Mark != 0 {
		return false
	}
	s.Mark = 1
	return true
}

// transaction writes the report of an HTTP transaction that gives way to the
// next; the packet at hand, which brought the next one, is counted with it.
func (r *reporter) transaction(p *dpi.Packet, t *application.HTTPInfo) {
	s := r.w.table.Of(p.Flow)
	if s.Mark&markEnded != 0 && !isFirstReport(s, t) {
		return // its end has been reported; what came since goes with the next
	}
	r.fill(s)
	r.behaviour(s)
	r.export(s)
	r.session100.App = r.apps.transaction(s, t)
	r.write100(s)
	s.EndPeriod()
}

// tcpOf returns what is measured of a TCP session in its period.
func tcpOf(s *session.Session) report.TCP {
	if s.L4 != tcp {
		return report.TCP{}
	}
	client, server := s.ReportRTT()
	return report.TCP{
		Handshake: uint64(s.HandshakeTime()), Response: uint64(s.ResponseTime()), Transfer: uint64(s.TransferTime()),
		ClientRTT: rttOf(client), ServerRTT: rttOf(server),
		ClientResends: uint64(s.Retransmissions(dpi.Up)), ServerResends: uint64(s.Retransmissions(dpi.Down)),
	}
}

// tcp is the IP protocol number of TCP.
const tcp = 6

func rttOf(r session.RTT) report.RTT {
	return report.RTT{Min: uint64(r.Min), Max: uint64(r.Max), Avg: uint64(r.Avg)}
}

// fillEnds takes over what every event of a session holds.
func (r *reporter) fillEnds(s *session.Session) {
	rec := &r.session100
	rec.ID = s.ID
	rec.Client, rec.Server = netip.AddrFrom16(s.Addr[0]).Unmap(), netip.AddrFrom16(s.Addr[1]).Unmap()
	rec.ClientPort, rec.ServerPort = s.Port[0], s.Port[1]
	rec.Transport, rec.Message, rec.Application = s.L4, s.Message(), 0
	if app := s.App(); len(app) > 0 {
		rec.Application = uint32(app[0])
	}
}

// fill takes over what every session report holds.
func (r *reporter) fill(s *session.Session) {
	r.fillEnds(s)
	rec, c := &r.session100, &s.Period
	rec.Time, rec.First = s.LastTime, s.FirstTime
	rec.Number = r.w.ticks
	r.findPaths(s)
	rec.ActiveFlows = r.active()
	rec.Up = report.Volume{Data: c.Bytes[0], Payload: c.Data[0], Packets: uint64(c.Packets[0])}
	rec.Down = report.Volume{Data: c.Bytes[1], Payload: c.Data[1], Packets: uint64(c.Packets[1])}
	rec.ClientMAC, rec.ServerMAC = s.MAC[0], s.MAC[1]
	rec.Family = r.family(s)
	rec.TCP = tcpOf(s)
}

// findPaths takes over the paths of a session and what is on top of them.
func (r *reporter) findPaths(s *session.Session) {
	rec := &r.session100
	rec.PathUp = r.appendPath(rec.PathUp[:0], s, dpi.Up)
	rec.PathDown = r.appendPath(rec.PathDown[:0], s, dpi.Down)
	rec.Proto = lastOf(rec.PathUp, rec.PathDown)
}

// family returns the class of the protocol on top, else that of what is below.
func (r *reporter) family(s *session.Session) uint32 {
	if r.session100.Proto == uint32(dpi.Unknown) {
		return 0
	}
	if class := r.w.handler.Registry().Class(dpi.ProtocolID(r.session100.Proto)); class != 0 {
		return uint32(class)
	}
	return uint32(s.Class())
}

func (r *reporter) appendPath(dst []uint32, s *session.Session, d dpi.Direction) []uint32 {
	r.path = r.w.handler.AppendFlowPath(r.path[:0], &s.Flow, d)
	return appendIDs(dst, r.path)
}

func appendIDs(dst []uint32, path []dpi.ProtocolID) []uint32 {
	for _, id := range path {
		dst = append(dst, uint32(id))
	}
	return dst
}

// lastOf returns the last protocol of the first path that is not empty.
func lastOf(paths ...[]uint32) uint32 {
	for _, path := range paths {
		if len(path) > 0 {
			return path[len(path)-1]
		}
	}
	return 0
}

// write renders a record and hands it over.
func (r *reporter) write(to Channels, rec report.Record) {
	for want, e := range r.w.options.Forms.Of(to) {
		r.line = rec.Append(r.line[:0], e)
		r.hand(want, r.line)
	}
}

// hand hands a line over.
func (r *reporter) hand(to Channels, line []byte) {
	if r.teller != nil {
		r.teller.line(to, line)
	} else {
		r.w.options.Output.Report(to, line)
	}
	r.w.totals.Reports++
}
