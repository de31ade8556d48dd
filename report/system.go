package report

// System is report 201: how busy the machine was since the report before, and
// its memory. The three shares of the processors add up to 100.
type System struct {
	Time                  int64  // wall clock, nanoseconds since 1970
	User, Kernel, Idle    uint64 // percent
	FreeMemory, AllMemory uint64 // kB (1024 bytes); free is what programs could get
}

// Append implements Record.
func (r *System) Append(dst []byte, e *Encoder) []byte {
	dst = e.begin(dst, "201", r.Time)
	for _, v := range [...]uint64{r.User, r.Kernel, r.Idle, r.FreeMemory, r.AllMemory} {
		dst = appendUintField(dst, v)
	}
	return e.end(dst)
}
