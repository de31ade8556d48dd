package report

// MicroFlows is report 8: what small flows of one application had together. They
// are reported when enough have come together, and at the end of the run. The field
// of the application is 0 in CSV and JSON, as readers know it; EVE tells it.
type MicroFlows struct {
	Time     int64  // last packet of all these flows, nanoseconds since 1970
	Proto    uint32 // id of the last protocol in their paths
	Flows    uint64
	Up, Down FlowVolume // uplink is from client to server
}

// FlowVolume is traffic of one direction of whole flows.
type FlowVolume struct {
	Packets uint64
	Data    uint64 // bytes, headers included
}

// Append implements Record. Downlink comes first in this report.
func (r *MicroFlows) Append(dst []byte, e *Encoder) []byte {
	dst = e.begin(dst, "8", r.Time)
	for _, v := range [...]uint64{0, r.Flows, r.Down.Packets, r.Up.Packets, r.Down.Data, r.Up.Data} {
		dst = appendUintField(dst, v)
	}
	if e.format != EVE {
		return e.end(dst)
	}
	dst = appendMember(append(dst, ']'), "proto_id", uint64(r.Proto))
	return append(e.member(dst, "proto", []byte(e.eve.names(r.Proto))), "}}"...)
}
