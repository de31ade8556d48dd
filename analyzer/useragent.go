package analyzer

import (
	"net/netip"

	"mmt/analyzer/proto/application"
	"mmt/analyzer/session"
	"mmt/analyzer/useragent"
	"mmt/report"
)

// UserAgents says of which web sessions the User-Agent is parsed and reported
// (report 102; manual section 3.1, data-output).
type UserAgents struct {
	Output Channels // 0: of none
	Bytes  uint64   // volume from which on it is done
}

// userAgent writes the report on the client of a transaction: once it and the
// volume of its session have come so far. first says that the transaction has not
// been reported.
func (r *reporter) userAgent(s *session.Session, t *application.HTTPInfo, first bool) {
	o := &r.w.options.UserAgents
	if o.Output == 0 || t == nil || len(t.UserAgent) == 0 {
		return
	}
	volume := s.Bytes[0] + s.Bytes[1]
	before := volume - s.Period.Bytes[0] - s.Period.Bytes[1]
	if volume < o.Bytes || !first && before >= o.Bytes {
		return
	}
	a := useragent.Parse(t.UserAgent)
	rec := &r.agent102
	*rec = report.UserAgent{
		Time: s.LastTime, Session: s.ID, Transaction: uint64(t.Number), Host: t.Host, Text: t.UserAgent,
		Client: netip.AddrFrom16(s.Addr[0]).Unmap(), Server: netip.AddrFrom16(s.Addr[1]).Unmap(),
		Program: a.Program, ProgramVersion: a.ProgramVersion, System: a.System, SystemVersion: a.SystemVersion, Device: a.Device,
	}
	if r.teller == nil {
		r.write(o.Output, rec)
		return
	}
	rec.Session = 0
	for to, e := range r.w.options.Forms.Of(o.Output) {
		r.line = rec.Append(r.line[:0], e)
		r.teller.session(to, r.line, rec.Gaps, s.Slot, 0)
		r.w.totals.Reports++
	}
}
