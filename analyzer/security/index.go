package security

import (
	"cmp"
	"math"
	"slices"

	"mmt/analyzer/dpi"
	"mmt/analyzer/security/rule"
)

// list holds classes that one key finds; the first armed ones can match.
type list struct {
	classes []int32
	armed   int32
}

// spot is where a class stands in the index.
type spot struct{ attr, list, at int32 }

// attrIndex finds classes from the value of one attribute.
type attrIndex struct {
	cell     int32
	group    int32
	at       int32 // in its group
	numbers  numberTable
	texts    map[string]int32
	low      []limit // value < or <= the limit, highest limit first
	high     []limit // value > or >= the limit, lowest limit first
	contents *contents
	presence int32 // list, -1 if none
}

// indexed is an attribute of a group.
type indexed struct {
	attr    int32 // in index.attrs
	armed   int32 // armed classes in all its lists
	printed bool  // it is looked up by its group's prints
}

// limit is a bound that a value is compared with.
type limit struct {
	num  float64
	op   rule.Op
	list int32
}

// index finds the classes whose conditions a packet may satisfy.
type index struct {
	attrs  []attrIndex
	lists  []list
	always list
	groups map[dpi.ProtocolID]int32 // of a protocol's attributes
	byCell []int32                  // attribute index by cell, -1 if none
	member [][]indexed              // attributes by group
	prints []*prints                // by group, nil where there are none
}

// attr returns the index of an attribute.
func (x *index) attr(p *program, cell int32) *attrIndex {
	for int(cell) >= len(x.byCell) {
		x.byCell = append(x.byCell, -1)
	}
	if x.byCell[cell] < 0 {
		x.byCell[cell] = int32(len(x.attrs))
		x.attrs = append(x.attrs, attrIndex{cell: cell, presence: -1, texts: map[string]int32{}})
		id := p.schema.Attributes[cell].Protocol
		g, ok := x.groups[id]
		if !ok {
			g = int32(len(x.member))
			x.groups[id] = g
			x.member = append(x.member, nil)
		}
		x.attrs[x.byCell[cell]].group, x.attrs[x.byCell[cell]].at = g, int32(len(x.member[g]))
		x.member[g] = append(x.member[g], indexed{attr: x.byCell[cell]})
	}
	return &x.attrs[x.byCell[cell]]
}

func (x *index) newList() int32 {
	x.lists = append(x.lists, list{})
	return int32(len(x.lists) - 1)
}

// listAt returns the list of a spot.
func (x *index) listAt(sp *spot) *list {
	if sp.list < 0 {
		return &x.always
	}
	return &x.lists[sp.list]
}

// put puts a class into the index, to be found by the given keys.
func (x *index) put(p *program, number int32, c *class, a *access) {
	if len(a.keys) == 0 {
		c.spots = append(c.spots, spot{attr: -1, list: -1, at: int32(len(x.always.classes))})
		x.always.classes = append(x.always.classes, number)
	}
	for i := range a.keys {
		k := &a.keys[i]
		t := x.attr(p, k.cell)
		l := x.listOf(t, k)
		c.spots = append(c.spots, spot{attr: x.byCell[k.cell], list: l, at: int32(len(x.lists[l].classes))})
		x.lists[l].classes = append(x.lists[l].classes, number)
	}
}

// listOf returns the list of a key, a new one if needed.
func (x *index) listOf(t *attrIndex, k *key) int32 {
	switch k.way {
	case byNumber:
		bits := numberBits(k.num)
		if l, ok := t.numbers.find(bits); ok {
			return l
		}
		l := x.newList()
		t.numbers.put(bits, l)
		return l
	case byBytes:
		l, ok := t.texts[k.text]
		if !ok {
			l = x.newList()
			t.texts[k.text] = l
		}
		return l
	case byContents, byFolded:
		if t.contents == nil {
			t.contents = newContents()
		}
		return t.contents.listFor(k.text, k.way == byFolded, x.newList)
	case byRange:
		return x.limitOf(t, k)
	}
	if t.presence < 0 {
		t.presence = x.newList()
	}
	return t.presence
}

func (x *index) limitOf(t *attrIndex, k *key) int32 {
	side := &t.low
	if k.op == rule.Gt || k.op == rule.Ge {
		side = &t.high
	}
	for i := range *side {
		if l := &(*side)[i]; l.num == k.num && l.op == k.op {
			return l.list
		}
	}
	*side = append(*side, limit{num: k.num, op: k.op, list: x.newList()})
	return (*side)[len(*side)-1].list
}

// shareContents lets conditions that a text contains a string be answered by the
// search that the index does anyhow.
func (x *index) shareContents(list []predicate) {
	for i := range list {
		x.share(&list[i])
	}
}

func (x *index) share(q *predicate) {
	if q.form == containsBytes && int(q.cell) < len(x.byCell) && x.byCell[q.cell] >= 0 {
		if c := x.attrs[x.byCell[q.cell]].contents; c != nil {
			q.contents, q.pattern = c, c.pattern(string(q.text), q.fold)
		}
	}
	if q.cond != nil {
		x.shareBelow(q.cond)
	}
}

func (x *index) shareBelow(c *cond) {
	for _, a := range c.args {
		if a.quick != nil {
			x.share(a.quick)
		} else {
			x.shareBelow(a)
		}
	}
}

// finish prepares the index for look-ups.
func (x *index) finish() {
	for i := range x.attrs {
		t := &x.attrs[i]
		slices.SortFunc(t.low, func(a, b limit) int { return cmp.Compare(b.num, a.num) })
		slices.SortFunc(t.high, func(a, b limit) int { return cmp.Compare(a.num, b.num) })
		if t.contents != nil {
			t.contents.build()
		}
	}
}

// listsOf appends the lists that are found by an attribute being there and by its
// number, which orders it.
func (t *attrIndex) listsOf(n float64, found []int32) []int32 {
	if t.presence >= 0 {
		found = append(found, t.presence)
	}
	if l, ok := t.numbers.find(numberBits(n)); ok {
		found = append(found, l)
	}
	for i := 0; i < len(t.low) && n <= t.low[i].num; i++ {
		found = t.low[i].appendIf(n, found)
	}
	for i := 0; i < len(t.high) && n >= t.high[i].num; i++ {
		found = t.high[i].appendIf(n, found)
	}
	return found
}

// appendIf appends the limit's list if a number is on its side.
func (l *limit) appendIf(n float64, found []int32) []int32 {
	if l.op.Compare(n, l.num) {
		found = append(found, l.list)
	}
	return found
}

// arm makes a class one that can match, or takes that back.
func (s *shard) arm(number int32, on bool) {
	x := &s.program.index
	for i := range s.program.classes[number].spots {
		sp := s.program.classes[number].spots[i]
		l := x.listAt(&sp)
		to := l.armed
		if !on {
			to--
		}
		s.program.exchange(l, sp.at, to)
		step := int32(1)
		if !on {
			step = -1
		}
		l.armed += step
		if sp.attr >= 0 {
			t := &x.attrs[sp.attr]
			x.member[t.group][t.at].armed += step
		}
	}
}

// exchange swaps two classes of a list.
func (p *program) exchange(l *list, a, b int32) {
	if a == b {
		return
	}
	x, y := p.spotOf(l, a), p.spotOf(l, b)
	x.at, y.at = b, a
	l.classes[a], l.classes[b] = l.classes[b], l.classes[a]
}

// spotOf returns the spot of the class at a place of a list.
func (p *program) spotOf(l *list, at int32) *spot {
	spots := p.classes[l.classes[at]].spots
	i := slices.IndexFunc(spots, func(sp spot) bool { return p.index.listAt(&sp) == l && sp.at == at })
	return &spots[i]
}

// numberBits makes numbers that are equal have equal bits.
func numberBits(n float64) uint64 { return math.Float64bits(n + 0) }

// numberTable finds lists by number: open addressing, at most half full.
type numberTable struct {
	keys  []uint64
	lists []int32 // plus one; 0 is a free place
	n     int
}

func (t *numberTable) find(k uint64) (int32, bool) {
	if len(t.keys) == 0 {
		return 0, false
	}
	mask := uint64(len(t.keys) - 1)
	for i := mix(k) & mask; ; i = (i + 1) & mask {
		if t.lists[i] == 0 {
			return 0, false
		}
		if t.keys[i] == k {
			return t.lists[i] - 1, true
		}
	}
}

func (t *numberTable) put(k uint64, l int32) {
	if 2*(t.n+1) > len(t.keys) {
		old := *t
		t.keys, t.lists, t.n = make([]uint64, max(8, 2*len(old.keys))), make([]int32, max(8, 2*len(old.keys))), 0
		for i, l := range old.lists {
			if l != 0 {
				t.put(old.keys[i], l-1)
			}
		}
	}
	mask := uint64(len(t.keys) - 1)
	i := mix(k) & mask
	for t.lists[i] != 0 {
		i = (i + 1) & mask
	}
	t.keys[i], t.lists[i] = k, l+1
	t.n++
}

// mix spreads the bits of a number.
func mix(x uint64) uint64 {
	x ^= x >> 32
	x *= 0xd6e8feb86659fd93
	x ^= x >> 32
	x *= 0xd6e8feb86659fd93
	return x ^ x>>32
}
