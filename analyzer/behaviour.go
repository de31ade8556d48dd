package analyzer

import (
	"net/netip"

	"mmt/analyzer/session"
	"mmt/report"
)

// behaviour writes the report for MMT-Behaviour of a session that is reported, or
// counted as a micro flow: what it has sent since it was last. Its paths must have
// been found.
func (r *reporter) behaviour(s *session.Session) {
	if r.w.options.Behaviour == 0 {
		return
	}
	r.behaviour101 = report.Behaviour{
		Time: s.LastTime, Proto: r.session100.Proto, Up: s.Period.Bytes[0], Down: s.Period.Bytes[1],
		Client: netip.AddrFrom16(s.Addr[0]).Unmap(), Server: netip.AddrFrom16(s.Addr[1]).Unmap(),
	}
	r.write(r.w.options.Behaviour, &r.behaviour101)
}
