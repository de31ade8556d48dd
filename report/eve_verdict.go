package report

import "net/netip"

// appendAlert appends a verdict as the event alert. The ends of the flow are those
// that its history tells, if it does: they belong to the event that came last.
func (r *Verdict) appendAlert(dst []byte, e *Encoder) []byte {
	dst = e.beginEvent(dst, r.Time, "alert")
	if ends := r.ends(); ends.Source.IsValid() && ends.Dest.IsValid() {
		dst = appendAddrMember(dst, "src_ip", ends.Source)
		dst = appendAddrMember(dst, "dest_ip", ends.Dest)
	}
	dst = append(dst, `,"alert":{"action":"allowed","gid":1,"signature_id":`...)
	dst = appendUint(dst, uint64(r.Property))
	dst = append(dst, `,"rev":1,"signature":`...)
	dst = e.appendText(dst, []byte(r.Description))
	dst = e.appendText(append(dst, `,"category":`...), []byte(r.Type))
	dst = appendMember(dst, "severity", r.severity())
	dst = append(dst, '}')
	dst = e.beginMMT(dst)
	dst = e.appendText(append(dst, `,"verdict":`...), []byte(r.Verdict))
	dst = r.AppendHistory(append(dst, `,"history":`...))
	return append(dst, "}}"...)
}

// severity returns 1 for attacks and evasions, 2 for properties that were not
// respected, 3 for the rest: tests, and what was respected.
func (r *Verdict) severity() uint64 {
	switch {
	case r.Verdict == "respected" || r.Type == "test":
		return 3
	case r.Type == "attack" || r.Type == "evasion":
		return 1
	}
	return 2
}

// ends returns the addresses of the last event that tells both.
func (r *Verdict) ends() (ends Ends) {
	for i := len(r.History) - 1; i >= 0; i-- {
		ends = Ends{}
		for j := range r.History[i].Attributes {
			switch a := &r.History[i].Attributes[j]; a.Name {
			case "ip.src", "ipv6.src":
				ends.Source = a.addr()
			case "ip.dst", "ipv6.dst":
				ends.Dest = a.addr()
			}
		}
		if ends.Source.IsValid() && ends.Dest.IsValid() {
			break
		}
	}
	return ends
}

// addr returns the address that an attribute is, the zero Addr if it is none.
func (a *Attribute) addr() netip.Addr {
	if a.Kind != IP {
		return netip.Addr{}
	}
	addr, _ := netip.AddrFromSlice(a.B)
	return addr
}

// appendStats appends the event stats of a protocol without sessions.
func (r *NoSession) appendStats(dst []byte, e *Encoder) []byte {
	dst = e.beginEvent(dst, r.Time, "stats")
	dst = append(dst, `,"stats":{"pkts":`...)
	dst = appendUint(dst, r.Traffic.Packets)
	dst = appendMember(dst, "bytes", r.Traffic.Data)
	dst = appendMember(dst, "payload", r.Traffic.Payload)
	dst = appendISOTime(appendName(dst, "start"), r.First)
	dst = appendISOTime(appendName(dst, "end"), r.Time)
	dst = append(dst, '}')
	dst = e.beginMMT(dst)
	dst = appendMember(dst, "period", r.Number)
	dst = appendMember(dst, "proto_id", uint64(r.Proto))
	dst = e.member(dst, "proto", []byte(e.eve.names(r.Proto)))
	return append(appendPathMember(dst, "path", r.Path), "}}"...)
}
