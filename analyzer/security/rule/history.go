package rule

import (
	"mmt/analyzer/dpi"
	"mmt/report"
)

// Fill makes report 10 of a verdict. The record is valid as long as the verdict
// is, and keeps its memory for the next one.
func (v *Verdict) Fill(r *report.Verdict) {
	r.Reset()
	r.Time, r.Property, r.Description = v.Time, v.Rule.ID, v.Rule.Description
	r.Verdict, r.Type = v.Outcome.String(), v.Rule.Type.String()
	for i := range v.History {
		o := &v.History[i]
		event := r.Event(o.Event, o.Time, o.Counter)
		for k, need := range v.Rule.Events[o.Event-1].Needs {
			event.Attributes = append(event.Attributes, shown(v.Rule.Attributes[need].Name, &o.Values[k]))
		}
	}
}

// shown returns an attribute as histories show it; times are in microseconds.
func shown(name string, v *dpi.Value) report.Attribute {
	a := report.Attribute{Name: name, Kind: report.Text, N: v.N, B: v.B}
	switch {
	case v.Type == dpi.Float:
		a.Kind = report.Real
	case v.Type == dpi.TimeVal:
		a.Kind, a.N = report.Integer, v.N/1000
	case v.Type.IsNumber():
		a.Kind = report.Integer
	case v.Type == dpi.IP4Addr || v.Type == dpi.IP6Addr:
		a.Kind = report.IP
	case v.Type == dpi.MACAddr:
		a.Kind = report.MAC
	}
	return a
}

// AppendHistory appends the history of a verdict as report 10 shows it:
// {"event_1":{"timestamp":1.000002,"counter":3,"attributes":[["ip.src","10.0.0.1"],["tcp.flags",2]]},...}.
func (v *Verdict) AppendHistory(dst []byte) []byte {
	var r report.Verdict
	v.Fill(&r)
	return r.AppendHistory(dst)
}
