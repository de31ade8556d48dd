package reference

import (
	"bytes"
	"fmt"
	"strings"

	"mmt/analyzer/dpi"
	"mmt/analyzer/security/rule"
)

// Verdict tells that a property was respected, violated or detected. It shares
// no memory with packets.
type Verdict struct {
	Rule    uint32
	Outcome rule.Outcome
	Time    int64  // of the packet that brought it, ns since 1970
	Counter uint64 // number of that packet
	Flow    uint64 // its session
	History []Occurrence
}

// Occurrence is an event of a verdict's history.
type Occurrence struct {
	Event   int    // from 1
	Time    int64  // ns since 1970, whole microseconds
	Counter uint64 // number of its packet
	Values  []dpi.Value
}

// VerdictOf copies a verdict of the engine, so that both can be compared by
// their String.
func VerdictOf(v *rule.Verdict) *Verdict {
	c := &Verdict{Rule: v.Rule.ID, Outcome: v.Outcome, Time: v.Time, Counter: v.Counter, Flow: v.Flow}
	for _, o := range v.History {
		h := Occurrence{Event: o.Event, Time: o.Time, Counter: o.Counter}
		for i, need := range v.Rule.Events[o.Event-1].Needs {
			h.Values = append(h.Values, own(o.Values[i], v.Rule.Attributes[need].Type))
		}
		c.History = append(c.History, h)
	}
	return c
}

// own copies a value of the given type.
func own(v dpi.Value, t dpi.DataType) dpi.Value {
	v.Type = t
	if t.IsNumber() {
		v.B = nil
		return v
	}
	v.B = bytes.Clone(viewOf(v))
	return v
}

// String returns the verdict as one line. Equal verdicts have equal lines, and
// different ones different lines.
func (v *Verdict) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "rule %d %s at %d #%d flow %d:", v.Rule, v.Outcome, v.Time, v.Counter, v.Flow)
	for _, o := range v.History {
		fmt.Fprintf(&b, " e%d@%d#%d(", o.Event, o.Time, o.Counter)
		for i, value := range o.Values {
			if i > 0 {
				b.WriteByte(' ')
			}
			b.WriteString(text(value))
		}
		b.WriteByte(')')
	}
	return b.String()
}

func text(v dpi.Value) string {
	if v.Type.IsNumber() {
		return fmt.Sprint(v.N)
	}
	return fmt.Sprintf("%q", viewOf(v))
}
