package analyzer

import (
	"bytes"

	"mmt/analyzer/dpi"
	"mmt/report"
)

// Event says what is reported of the packets that have an attribute (report 1000;
// manual section 3.1, event-report).
type Event struct {
	Name       string
	Event      Attribute
	Attributes []Attribute
	// Delta: a packet is reported only if one of these is not what it was in the
	// packet reported before, and if it has at least one of them. Empty: every
	// packet is reported.
	Delta []Attribute
	// Template has the texts before, between and after Attributes, which then make
	// up the whole line; nil: the line is a report 1000.
	Template [][]byte
	Output   Channels
}

// attributes returns all that a report needs: the event, those reported, those of
// the condition.
func (e *Event) attributes() []Attribute {
	list := append([]Attribute{e.Event}, e.Attributes...)
	return append(list, e.Delta...)
}

// eventLines makes the lines of an Event.
type eventLines struct {
	*Event
	record   report.EventReport
	template report.EventTemplate
	last     []byte // what tells the values of Delta apart in the last line
	identity []byte
}

func newEventLines(e *Event) *eventLines {
	l := &eventLines{Event: e}
	l.record.Name, l.template.Texts = e.Name, e.Template
	return l
}

// take returns the line of a packet, of which it gets the items of
// Event.attributes; nil if the condition does not hold.
func (l *eventLines) take(t int64, items []item) report.Record {
	if delta := items[1+len(l.Attributes):]; len(delta) > 0 && !l.changed(delta) {
		return nil
	}
	values := &l.record.Attributes
	if l.Template != nil {
		values = &l.template.Values
	}
	*values = (*values)[:0]
	for i := range l.Attributes {
		*values = append(*values, items[1+i].Value)
	}
	if l.Template != nil {
		return &l.template
	}
	l.record.Time, l.record.Event = t, items[0].Value
	return &l.record
}

// changed tells whether the items of the condition are not those of the last line.
func (l *eventLines) changed(items []item) bool {
	there := false
	for i := range items {
		there = there || items[i].there
	}
	l.identity = appendIdentity(l.identity[:0], items)
	if !there || bytes.Equal(l.identity, l.last) {
		return false
	}
	l.identity, l.last = l.last, l.identity
	return true
}

// events reports the events of a worker.
type events struct {
	w       *Worker
	watches *watches
	list    []eventWatch
	items   []item
	told    []byte
}

// eventWatch is one event of a worker.
type eventWatch struct {
	lines *eventLines
	items []*watch // of Event.attributes
	// tells: only the Merger knows what was reported before, or the values.
	tells bool
}

func (e *events) open(list []Event) error {
	for i := range list {
		items, err := e.watches.addAll(list[i].attributes())
		if err != nil {
			return err
		}
		one := eventWatch{lines: newEventLines(&list[i]), items: items}
		one.tells = e.watches.shared && (len(list[i].Delta) > 0 || anyOpen(items))
		e.list = append(e.list, one)
	}
	return nil
}

func anyOpen(list []*watch) bool {
	for _, n := range list {
		if n.open != 0 {
			return true
		}
	}
	return false
}

// packet reports the events of the packet at hand.
func (e *events) packet(p *dpi.Packet) {
	for i := range e.list {
		one := &e.list[i]
		if one.items[0].slot.Value() == nil {
			continue
		}
		e.items = e.watches.readAll(e.items[:0], one.items)
		if one.tells {
			e.told = appendItems(appendTime(e.told[:0], p.Time), e.items)
			e.w.reporter.teller.watched(eventEvent, i, flowSlot(p), e.told)
		} else if rec := one.lines.take(p.Time, e.items); rec != nil {
			e.w.reporter.write(one.lines.Output, rec)
		}
	}
}
