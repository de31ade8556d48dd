package analyzer

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/dump"
	"mmt/analyzer/security/rule"
)

// remembering is the part of a worker that keeps its latest packets, to save those
// around verdicts. nil: it keeps none.
type remembering struct {
	recorder *dump.Recorder
}

// remember makes the worker keep its latest packets.
func (w *Worker) remember() error {
	if w.options.Evidence == nil {
		return nil
	}
	w.memory = &remembering{w.options.Evidence.Recorder(int(w.options.Thread))}
	return w.handler.AddPacketHandler(evidenceHandler, w.memory.packet)
}

// packet is the packet handler.
func (m *remembering) packet(p *dpi.Packet) {
	flow := uint64(0)
	if p.Flow != nil {
		flow = p.Flow.ID
	}
	came := captured(p)
	m.recorder.Packet(&came, flow, p.Index)
}

func (m *remembering) endBurst(now int64) {
	if m != nil {
		m.recorder.EndBurst(now)
	}
}

// alert asks for the packets around a verdict, unless it tells that all is well.
func alert(e *dump.Evidence, v *rule.Verdict) {
	if e == nil || v.Outcome == rule.Respected {
		return
	}
	e.Alert(&dump.Alert{
		Flow: v.Flow, Number: v.Counter, Time: v.Time, Rule: v.Rule.ID,
		Verdict: v.Outcome.String(), Type: v.Rule.Type.String(), Text: v.Rule.Description,
	})
}
