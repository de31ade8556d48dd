package analyzer

import (
	"encoding/binary"
	"math"

	"mmt/analyzer/dpi"
	"mmt/report"
)

// Query says which figures are reported of the packets of a period (report 999;
// manual section 3.1, query-report).
type Query struct {
	Name    string
	Period  int64 // ns of packet time; the first ends with the first packet
	Select  []Select
	Where   []Attribute // that a packet must have to count
	GroupBy []Attribute // whose values make groups; a packet without one has an empty value there
	Output  Channels
}

// Select is one figure of a query.
type Select struct {
	Operators []Operator // outermost first; none: the last value
	Attribute Attribute
	List      bool // the attribute is a list: operators take its elements, each place alone
}

// byPlace tells whether the figure is one for each place of a list.
func (s *Select) byPlace() bool { return s.List && len(s.Operators) > 0 }

// attributes returns those that make the group and those that are selected.
func (q *Query) attributes() []Attribute {
	list := append([]Attribute(nil), q.GroupBy...)
	for i := range q.Select {
		list = append(list, q.Select[i].Attribute)
	}
	return list
}

// queries answers the queries of a worker, or tells what a Merger answers them
// with. nil: there are none.
type queries struct {
	w       *Worker
	watches *watches
	list    []query
	next    int64 // when the next period of any query ends
	items   []item
	told    []byte
}

// query is one query of a worker.
type query struct {
	*Query
	where  []*watch
	items  []*watch // of the group, then of what is selected
	next   int64    // when its period ends; 0: with the first packet
	number uint64   // of the period that ended last
	groups *groups  // nil: the Merger has them
	write  func(*report.QueryReport)
}

func (q *queries) open(list []Query) error {
	q.list = make([]query, len(list))
	for i := range list {
		if err := q.openOne(&q.list[i], &list[i]); err != nil {
			return err
		}
	}
	return nil
}

func (q *queries) openOne(one *query, options *Query) (err error) {
	one.Query = options
	if one.where, err = q.watches.addAll(options.Where); err != nil {
		return err
	}
	if one.items, err = q.watches.addAll(options.attributes()); err != nil {
		return err
	}
	if !q.watches.shared {
		one.groups = newGroups(options)
		one.write = func(r *report.QueryReport) { q.w.reporter.write(options.Output, r) }
	}
	return nil
}

// due returns when the next period ends, packet time in ns.
func (q *queries) due() int64 {
	if q == nil {
		return math.MaxInt64
	}
	return q.next
}

// packet takes the packet at hand into the queries.
func (q *queries) packet(p *dpi.Packet) {
	for i := range q.list {
		if one := &q.list[i]; allThere(one.where) {
			q.items = q.watches.readAll(q.items[:0], one.items)
			q.take(i, one, p)
		}
	}
}

func allThere(list []*watch) bool {
	for _, n := range list {
		if n.slot.Value() == nil {
			return false
		}
	}
	return true
}

// take takes the packet at hand into a query.
func (q *queries) take(i int, one *query, p *dpi.Packet) {
	if one.groups != nil {
		one.groups.take(q.items)
		return
	}
	q.told = appendItems(q.told[:0], q.items)
	q.w.reporter.teller.watched(eventQuery, i, flowSlot(p), q.told)
}

// flowSlot returns the place of the packet's flow in the session table.
func flowSlot(p *dpi.Packet) uint32 {
	if p.Flow == nil {
		return 0
	}
	return p.Flow.Slot
}

// end ends the periods that are over by t, the time of the packet of a number; all
// of them, if the worker is about to be closed.
func (q *queries) end(t int64, number uint64, all bool) {
	q.w.reporter.at(number, momentQuery)
	q.next = math.MaxInt64
	for i := range q.list {
		one := &q.list[i]
		if t >= one.next || all {
			one.next = t + one.Period
			one.number++
			q.report(i, one, t)
		}
		q.next = min(q.next, one.next)
	}
	q.w.reporter.at(number, momentPacket)
}

// report writes the reports of a period that ends. Of several workers, whose clocks
// are the same, the first tells the Merger to do so.
func (q *queries) report(i int, one *query, t int64) {
	if one.groups != nil {
		one.groups.end(one.number, t, one.write)
		return
	}
	if q.w.me == 0 {
		q.told = appendTime(q.told[:0], t)
		q.told = binary.LittleEndian.AppendUint64(q.told, one.number)
		q.w.reporter.teller.watched(eventQueryEnd, i, 0, q.told)
	}
}

// close ends all periods, at the time of the last packet.
func (q *queries) close(t int64, number uint64) {
	if q != nil {
		q.end(t, number, true)
	}
}

// refused returns how many packets were left out for lack of groups.
func (q *queries) refused() (n uint64) {
	if q == nil {
		return 0
	}
	for i := range q.list {
		if g := q.list[i].groups; g != nil {
			n += g.refused
		}
	}
	return n
}
