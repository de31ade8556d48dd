package security

// The index is made from guesses of how often a condition holds. While packets
// pass, a shard counts which classes are looked at often for nothing, measures on
// a sample of packets how often their conditions hold, and moves them to where
// they are found more seldom. Verdicts do not depend on it.

// Of so many packets, one is a sample; so many packets make a period of counting
// or of sampling. Costs are about nanoseconds.
const (
	sampleEvery = 64
	maxPeriod   = 1 << 26
	maxSampled  = 4096 // conditions
	hotShare    = 1. / 50
	tryCost     = 30
	fetchCost   = 15
)

// firstPeriod is how many packets the first period has; a test makes it shorter.
var firstPeriod uint64 = 1 << 14

// adapter moves classes within the index.
type adapter struct {
	tries    []uint32 // by class, in this period
	period   uint64   // packets
	ends     uint64   // packet that ends the period
	sampling bool
	hot      []int32 // classes whose conditions are sampled
	sampled  []int32 // conditions
	truths   map[int32]uint32
	samples  uint32
}

// restartAdapter begins anew, for a new program.
func (s *shard) restartAdapter() {
	s.adapter = adapter{tries: make([]uint32, len(s.program.classes)), period: firstPeriod, ends: s.stats.Packets + firstPeriod}
}

// adapt takes a sample, and ends a period that is over.
func (s *shard) adapt() {
	a := &s.adapter
	if a.sampling && s.stats.Packets%sampleEvery == 0 {
		a.samples++
		for _, i := range a.sampled {
			if s.holds(i) {
				a.truths[i]++
			}
		}
	}
	if s.stats.Packets < a.ends {
		return
	}
	if a.sampling {
		s.rearrange()
		a.period = min(2*a.period, maxPeriod)
	} else {
		s.chooseHot()
	}
	a.sampling = !a.sampling && len(a.hot) > 0
	a.ends = s.stats.Packets + a.period
	clear(a.tries)
}

// chooseHot finds the classes that are looked at often, and their conditions.
func (s *shard) chooseHot() {
	a := &s.adapter
	a.hot, a.sampled, a.samples, a.truths = a.hot[:0], a.sampled[:0], 0, map[int32]uint32{}
	for class, n := range a.tries {
		if float64(n) < hotShare*float64(a.period) || len(a.sampled) >= maxSampled {
			continue
		}
		a.hot = append(a.hot, int32(class))
		for _, i := range s.program.classes[class].local {
			_, known := a.truths[i]
			if offer, ok := s.program.accessOf(&s.program.predicates[i]); ok && offer.exact && !known {
				a.truths[i] = 0
				a.sampled = append(a.sampled, i)
			}
		}
	}
}

// rearrange moves the hot classes to the keys that hit most seldom.
func (s *shard) rearrange() {
	a := &s.adapter
	for _, class := range a.hot {
		c := &s.program.classes[class]
		cost := tryCost * float64(a.tries[class]) / float64(a.period)
		var best access
		for _, i := range c.local {
			offer, ok := s.program.accessOf(&s.program.predicates[i])
			if !ok || !offer.exact {
				continue
			}
			share := (float64(a.truths[i]) + 0.5) / float64(a.samples+1)
			if n := tryCost*share + s.fetchCosts(&offer); n < 0.8*cost {
				best, cost = offer, n/0.8
			}
		}
		if len(best.keys) > 0 {
			s.move(class, &best)
		}
	}
}

// fetchCosts is what it costs to look at the attributes of keys that nothing
// else is found by.
func (s *shard) fetchCosts(a *access) (cost float64) {
	x := &s.program.index
	for _, k := range a.keys {
		if x.looksAt(k.cell) {
			continue
		}
		cost += fetchCost * s.program.rarity(k.cell)
	}
	return cost
}

// looksAt tells whether an attribute of a packet is looked at.
func (x *index) looksAt(cell int32) bool {
	if int(cell) >= len(x.byCell) || x.byCell[cell] < 0 {
		return false
	}
	t := &x.attrs[x.byCell[cell]]
	return x.member[t.group][t.at].armed > 0
}

// move makes a class be found by other keys.
func (s *shard) move(class int32, to *access) {
	x := &s.program.index
	c := &s.program.classes[class]
	armed := len(c.starts) > 0 || s.waiting[class] > 0
	if armed {
		s.arm(class, false)
	}
	for i := range c.spots {
		l := x.listAt(&c.spots[i])
		last := int32(len(l.classes) - 1)
		s.program.exchange(l, c.spots[i].at, last)
		l.classes = l.classes[:last]
	}
	c.spots = c.spots[:0]
	x.put(s.program, class, c, to)
	x.finish()
	if armed {
		s.arm(class, true)
	}
	s.program.regroup()
	if s.regrouped != nil {
		s.regrouped()
	}
}
