package analyzer

import (
	"mmt/analyzer/session"
	"mmt/ipfix"
)

// export hands over the record of IPFIX of a session that is reported, alone or as
// a micro flow: what it did since its last one. Nothing in it depends on the
// sessions of other workers.
func (r *reporter) export(s *session.Session) {
	to := r.w.options.Export
	if to == 0 {
		return
	}
	c := &s.Period
	flow := ipfix.Flow{
		Addr: s.Addr, V6: s.V6, Port: s.Port, Proto: s.L4, Message: s.Message(), First: s.FirstTime, Last: s.LastTime,
		Octets: c.Bytes, Packets: [2]uint64{uint64(c.Packets[0]), uint64(c.Packets[1])}, MAC: s.MAC, Application: r.session100.Proto,
	}
	r.line = flow.Append(r.line[:0])
	r.hand(to, r.line)
}
