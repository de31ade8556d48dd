package report

// NoSession is report 99: a protocol that has no session (ARP, for instance),
// each stats-period. It counts since the report before.
type NoSession struct {
	Time    int64  // last packet of the period, nanoseconds since 1970
	Number  uint64 // report number: periods since the start
	Proto   uint32 // protocol id
	Path    []uint32
	Traffic Volume
	First   int64 // first packet of the period, nanoseconds since 1970
}

// Append implements Record.
func (r *NoSession) Append(dst []byte, e *Encoder) []byte {
	if e.format == EVE {
		return r.appendStats(dst, e)
	}
	dst = e.begin(dst, "99", r.Time)
	dst = appendUintField(dst, r.Number)
	dst = appendUintField(dst, uint64(r.Proto))
	dst = appendPathField(dst, r.Path)
	dst = append(dst, ",0"...) // active flows: it has none
	dst = r.Traffic.append(dst)
	dst = append(dst, ",0,0,0,0,0,0"...) // up- and downlink: no client, no server
	dst = appendTimeField(dst, r.First)
	return e.end(dst)
}
