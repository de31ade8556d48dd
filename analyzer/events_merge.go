package analyzer

import (
	"encoding/binary"
	"sync/atomic"

	"mmt/report"
)

// watched is what a Merger makes of the attributes that workers tell: lines of
// events, and figures of queries.
type watched struct {
	m       *Merger
	events  []*eventLines
	queries []*groups
	writes  []func(*report.QueryReport) // of the queries
	totals  []uint64                    // counts of all workers, by place
	last    [][]uint64                  // by worker, likewise: what it told last
	items   []item
	refused atomic.Uint64
}

func newWatched(m *Merger) *watched {
	w := &watched{m: m}
	w.restart()
	return w
}

// restart begins anew with the events and queries that the Merger has now.
func (w *watched) restart() {
	m := w.m
	w.events, w.queries, w.writes, w.totals = nil, nil, nil, nil
	w.last = make([][]uint64, len(m.options.Outputs))
	for i := range m.options.Events {
		w.events = append(w.events, newEventLines(&m.options.Events[i]))
	}
	for i := range m.options.Queries {
		q := &m.options.Queries[i]
		w.queries = append(w.queries, newGroups(q))
		w.writes = append(w.writes, func(r *report.QueryReport) { w.m.write(q.Output, r) }) // as the first worker's
	}
}

// take takes what a worker tells of a report, told in the session of a number.
func (w *watched) take(worker int, e *event, told []byte, session uint64) {
	switch e.kind {
	case eventCount, eventFirst:
		w.count(worker, e, binary.LittleEndian.Uint64(told))
	case eventEvent:
		t := int64(binary.LittleEndian.Uint64(told))
		if rec := w.events[e.report].take(t, w.read(told[8:], session)); rec != nil {
			w.m.writeAs(worker, w.events[e.report].Output, rec)
		}
	case eventQuery:
		w.ask(w.queries[e.report], w.read(told, session))
	case eventQueryEnd:
		t, number := int64(binary.LittleEndian.Uint64(told)), binary.LittleEndian.Uint64(told[8:])
		w.queries[e.report].end(number, t, w.writes[e.report])
	}
}

// ask takes a packet into a query.
func (w *watched) ask(g *groups, items []item) {
	before := g.refused
	g.take(items)
	if n := g.refused - before; n > 0 {
		w.refused.Add(n)
	}
}

// read returns the items that were told.
func (w *watched) read(told []byte, session uint64) []item {
	w.items = w.items[:0]
	for len(told) > 0 {
		var it item
		it, told = readItem(told)
		it.settle(session, w.totals)
		w.items = append(w.items, it)
	}
	return w.items
}

// count takes a count of a worker.
func (w *watched) count(worker int, e *event, n uint64) {
	for int(e.report) >= len(w.totals) {
		w.totals = append(w.totals, 0)
		for i := range w.last {
			w.last[i] = append(w.last[i], 0)
		}
	}
	last, total := &w.last[worker][e.report], &w.totals[e.report]
	switch {
	case e.kind == eventCount:
		*total += n - *last
	case *total == 0 || n < *total:
		*total = n // what began earlier may be told later, if others are told of first
	}
	*last = n
}

// appendTime appends a time, ns, as told.
func appendTime(dst []byte, t int64) []byte {
	return binary.LittleEndian.AppendUint64(dst, uint64(t))
}

// watched tells of a report of the configuration, by its place there.
func (t *teller) watched(kind eventKind, report int, slot uint32, told []byte) {
	t.story.text = append(t.story.text, told...)
	e := t.event(kind)
	e.report, e.slot, e.end = uint16(report), slot, uint32(len(t.story.text))
}
