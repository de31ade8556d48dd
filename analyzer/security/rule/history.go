package rule

import (
	"strconv"

	"mmt/analyzer/dpi"
)

// AppendHistory appends the history of a verdict as report 10 shows it:
// {"event_1":{"timestamp":1.000002,"counter":3,"attributes":[["ip.src","10.0.0.1"],["tcp.flags",2]]},...}.
// Numbers are bare, everything else is quoted, what does not print is a '.'.
func (v *Verdict) AppendHistory(dst []byte) []byte {
	dst = append(dst, '{')
	for i := range v.History {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = v.appendOccurrence(dst, &v.History[i])
	}
	return append(dst, '}')
}

func (v *Verdict) appendOccurrence(dst []byte, o *Occurrence) []byte {
	dst = append(dst, `"event_`...)
	dst = strconv.AppendInt(dst, int64(o.Event), 10)
	dst = append(dst, `":{"timestamp":`...)
	dst = dpi.AppendTime(dst, o.Time)
	dst = append(dst, `,"counter":`...)
	dst = strconv.AppendUint(dst, o.Counter, 10)
	dst = append(dst, `,"attributes":[`...)
	needs := v.Rule.Events[o.Event-1].Needs
	for i := range o.Values {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, `["`...)
		dst = append(dst, v.Rule.Attributes[needs[i]].Name...)
		dst = append(dst, `",`...)
		dst = append(appendHistoryValue(dst, &o.Values[i]), ']')
	}
	return append(dst, `]}`...)
}

func appendHistoryValue(dst []byte, v *dpi.Value) []byte {
	if v.Type.IsNumber() {
		return v.AppendText(dst)
	}
	dst = append(dst, '"')
	start := len(dst)
	dst = v.AppendText(dst)
	for i := start; i < len(dst); i++ {
		if dst[i] == '"' || dst[i] == '\\' {
			dst = append(dst, 0)
			copy(dst[i+1:], dst[i:])
			dst[i] = '\\'
			i++
		}
	}
	return append(dst, '"')
}
