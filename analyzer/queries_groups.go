package analyzer

import (
	"hash/maphash"

	"mmt/report"
)

// MaxGroups is how many groups of a query a period can have. Packets of further
// ones are counted and left out.
const MaxGroups = 1 << 14

// groups are the figures of a query in a period, by group. Its memory is used again
// in the next period.
type groups struct {
	query    *Query
	width    int      // operators of a group
	places   []uint32 // hash table of groups, counted from 1
	seed     maphash.Seed
	hashes   []uint64 // of the keys
	keys     []byte   // one after the other
	ends     []int    // of the keys
	figures  []figure
	results  []report.Value // of groups, without bytes
	texts    [][]byte       // bytes of results
	lists    []places       // of results that are lists; nil: no result is one
	record   report.QueryReport
	identity []byte
	listed   bool // some selected attribute is a list
	refused  uint64
}

func newGroups(q *Query) *groups {
	g := &groups{query: q, seed: maphash.MakeSeed(), places: make([]uint32, 64)}
	g.record.Name = q.Name
	for i := range q.Select {
		g.width += len(q.Select[i].Operators)
		g.listed = g.listed || q.Select[i].byPlace()
	}
	return g
}

// empty returns what a figure is of a group without values of its attribute, of
// which v is one, or what stands for a missing one.
func (s *Select) empty(v report.Value) report.Value {
	for i := len(s.Operators) - 1; i >= 0; i-- {
		switch s.Operators[i] {
		case OpLast, OpFirst:
		case OpAvg:
			v = report.Value{Kind: report.AverageValue}
		default:
			v = report.Value{}
		}
	}
	v.B = nil
	return v
}

// take gives the figures a packet: first the values that make its group, then the
// selected ones.
func (g *groups) take(items []item) {
	by := len(g.query.GroupBy)
	g.identity = appendIdentity(g.identity[:0], items[:by])
	group := g.find(g.identity)
	switch {
	case group == MaxGroups:
		g.refused++
		return
	case group*len(g.query.Select) == len(g.results):
		g.begin(items[by:])
	}
	at := group * g.width
	for i := range g.query.Select {
		s, result := &g.query.Select[i], group*len(g.query.Select)+i
		switch it := &items[by+i]; {
		case !it.there:
		case s.byPlace():
			g.lists[result].take(s.Operators, &it.Value)
		default:
			g.figure(result, g.figures[at:at+len(s.Operators)], s.Operators, it.Value)
		}
		at += len(s.Operators)
	}
}

// through takes a value through operators, and returns what comes out, if something
// does: of a variance only at the end, as it is costly. kept are the bytes of the
// result before.
func through(figures []figure, operators []Operator, v report.Value, kept []byte) (_ report.Value, some bool) {
	for i := len(operators) - 1; i >= 0; i-- {
		if i == 0 && operators[0] == OpVar {
			figures[0].values++
			figures[0].spread(&v)
			return v, false
		}
		if v, some = figures[i].take(operators[i], v, kept); !some {
			return v, false
		}
	}
	return v, true
}

// figure takes a value through operators, and keeps what comes out.
func (g *groups) figure(result int, figures []figure, operators []Operator, v report.Value) {
	v, some := through(figures, operators, v, g.texts[result])
	if !some {
		return
	}
	if !v.IsNumber() {
		g.texts[result] = append(g.texts[result][:0], v.B...)
	}
	v.B = nil
	g.results[result] = v
}

// find returns the group of an identity, a new one if there is none; MaxGroups if
// there is no room for one.
func (g *groups) find(identity []byte) int {
	hash := maphash.Bytes(g.seed, identity)
	mask := uint64(len(g.places) - 1)
	i := hash & mask
	for ; g.places[i] != 0; i = (i + 1) & mask {
		if group := int(g.places[i] - 1); g.hashes[group] == hash && string(g.key(group)) == string(identity) {
			return group
		}
	}
	n := len(g.hashes)
	if n == MaxGroups {
		return n
	}
	g.places[i] = uint32(n + 1)
	g.add(hash, identity)
	return n
}

func (g *groups) key(group int) []byte {
	from := 0
	if group > 0 {
		from = g.ends[group-1]
	}
	return g.keys[from:g.ends[group]]
}

// add appends a group.
func (g *groups) add(hash uint64, identity []byte) {
	g.hashes = append(g.hashes, hash)
	g.keys = append(g.keys, identity...)
	g.ends = append(g.ends, len(g.keys))
	if 2*len(g.hashes) > len(g.places) {
		g.rehash()
	}
}

// begin makes room for the figures of the latest group, of which a packet has the
// given items.
func (g *groups) begin(items []item) {
	for range g.width {
		g.figures = append(g.figures, figure{})
	}
	for i := range items {
		if len(g.texts) == len(g.results) {
			g.texts = append(g.texts, nil)
		}
		last := &g.texts[len(g.results)]
		*last = (*last)[:0]
		if g.listed {
			g.listAt(len(g.results)).reset()
		}
		g.results = append(g.results, g.query.Select[i].empty(items[i].Value))
	}
}

// rehash doubles the table.
func (g *groups) rehash() {
	g.places = make([]uint32, 2*len(g.places))
	mask := uint64(len(g.places) - 1)
	for group, hash := range g.hashes {
		i := hash & mask
		for g.places[i] != 0 {
			i = (i + 1) & mask
		}
		g.places[i] = uint32(group + 1)
	}
}

// end ends a period at a packet time: it yields the report of each group, in the
// order in which the groups came, and forgets them.
func (g *groups) end(number uint64, t int64, yield func(*report.QueryReport)) {
	g.record.Time, g.record.Number = t, number
	for group := range g.hashes {
		g.record.Values = g.record.Values[:0]
		at := group * g.width
		for i := range g.query.Select {
			g.record.Values = append(g.record.Values, g.value(group*len(g.query.Select)+i, &g.query.Select[i], at))
			at += len(g.query.Select[i].Operators)
		}
		yield(&g.record)
	}
	clear(g.places)
	g.hashes, g.keys, g.ends = g.hashes[:0], g.keys[:0], g.ends[:0]
	g.figures, g.results = g.figures[:0], g.results[:0]
}

// value returns a result; the figures of its operators begin at the given place.
func (g *groups) value(result int, s *Select, at int) report.Value {
	if s.byPlace() {
		g.texts[result] = g.lists[result].appendTo(g.texts[result][:0], s)
		return report.Value{Kind: report.FiguresValue, B: g.texts[result]}
	}
	if len(s.Operators) > 0 && s.Operators[0] == OpVar && g.figures[at].values > 0 {
		return g.figures[at].variance()
	}
	v := g.results[result]
	v.B = g.texts[result]
	return v
}
