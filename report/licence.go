package report

import "encoding/hex"

// LicenceValid is what report 30 tells of a licence that holds; 1 to 5 tell what is
// wrong with one.
const LicenceValid = 6

// Licence is report 30: what the probe may do, at the start and once a day.
type Licence struct {
	Time       int64     // wall clock, nanoseconds since 1970
	Info       uint8     // LicenceValid
	MACs       [][6]byte // interfaces for which it holds
	Expiry     int64     // nanoseconds since 1970
	Probe, DPI string    // versions
}

// Append implements Record. Addresses are hexadecimal digits without colons,
// in one string with commas between them.
func (r *Licence) Append(dst []byte, e *Encoder) []byte {
	dst = e.begin(dst, "30", r.Time)
	dst = appendUintField(dst, uint64(r.Info))
	dst = appendUintField(dst, uint64(len(r.MACs)))
	dst = append(dst, ',', '"')
	for i, mac := range r.MACs {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = hex.AppendEncode(dst, mac[:])
	}
	dst = append(dst, '"')
	dst = appendTimeField(dst, r.Expiry)
	dst = e.textField(dst, []byte(r.Probe))
	return e.end(e.textField(dst, []byte(r.DPI)))
}
