package report

// QueryReport is report 999: figures that a query of the configuration (block
// query-report, manual section 3.1) has of a group of packets in a period.
type QueryReport struct {
	Time   int64  // of the packet that ended the period, nanoseconds since 1970
	Name   string // of the block
	Number uint64 // of the period, from 1; those without packets count
	Values []Value
}

// Append implements Record.
func (r *QueryReport) Append(dst []byte, e *Encoder) []byte {
	dst = e.begin(dst, "999", r.Time)
	dst = e.textField(dst, []byte(r.Name))
	dst = appendUintField(dst, r.Number)
	for i := range r.Values {
		dst = r.Values[i].appendField(dst, e)
	}
	return e.end(dst)
}
