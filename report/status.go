package report

// Status is report 200: how many packets have come since the start of a live
// capture, and how many of them were lost where.
type Status struct {
	Time                 int64  // wall clock, nanoseconds since 1970
	NICPackets, NICLost  uint64 // packets that the interface had for the probe; of these, lost before the probe got them
	Packets, LostPackets uint64 // packets that the probe analysed; packets that it got and lost
	Bytes, LostBytes     uint64 // their bytes on the wire
}

// Append implements Record.
func (r *Status) Append(dst []byte, e *Encoder) []byte {
	dst = e.begin(dst, "200", r.Time)
	for _, v := range [...]uint64{r.NICPackets, r.NICLost, r.Packets, r.LostPackets, r.Bytes, r.LostBytes} {
		dst = appendUintField(dst, v)
	}
	return e.end(dst)
}
