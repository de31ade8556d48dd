package analyzer

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
	"mmt/analyzer/proto/mobile"
	"mmt/report"
)

// lteNote is what a message of S1AP tells, and when.
type lteNote struct {
	time int64
	news mobile.S1APNews
}

// isOfUse tells whether the message says something to the topology.
func (n *lteNote) isOfUse() bool {
	return n.news.Event != mobile.S1APNothing || n.news.NBearers > 0 || len(n.news.IMSI.Bytes()) > 0
}

// s1apProcedure is the number of the attribute that every message of S1AP has.
const s1apProcedure = 1

// reportLTE makes the worker report the topology of mobile networks, and their
// dedicated bearers (reports 400 and 401).
func (w *Worker) reportLTE() error {
	if w.options.LTE == 0 {
		return nil
	}
	w.reportsLTE = true
	r := &w.reporter
	_, err := w.handler.HandleAttribute(id.S1ap, s1apProcedure, func(p *dpi.Packet, _ *dpi.Slot, _ *dpi.Value) {
		mobile.EachS1AP(p, &r.note.news, func() {
			if r.note.time = p.Time; r.note.isOfUse() && w.options.LTE != 0 {
				r.tellLTE()
			}
		})
	})
	return err
}

// tellLTE hands the note at hand over.
func (r *reporter) tellLTE() {
	if t := r.teller; t != nil {
		t.story.lte = append(t.story.lte, r.note)
		t.event(eventLTE).end = uint32(len(t.story.lte))
		return
	}
	r.topology.take(&r.note, r.writeLTE)
}

func (r *reporter) writeLTE(rec report.Record) { r.write(r.w.options.LTE, rec) }

func (m *Merger) writeLTE(rec report.Record) { m.write(m.options.LTE, rec) }
