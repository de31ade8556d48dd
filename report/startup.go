package report

// Startup is report 1: sent once, when the probe starts.
type Startup struct {
	Time     int64 // wall clock, nanoseconds since 1970
	Probe    string
	DPI      string
	Security string // the three parts' versions
}

// Append implements Record.
func (r *Startup) Append(dst []byte, e *Encoder) []byte {
	dst = e.begin(dst, "1", r.Time)
	dst = e.textField(dst, []byte(r.Probe))
	dst = e.textField(dst, []byte(r.DPI))
	dst = e.textField(dst, []byte(r.Security))
	return e.end(dst)
}
