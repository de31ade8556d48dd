package security

import "mmt/analyzer/dpi"

// counting are the attributes that count what an analyzer has seen so far.
var counting = map[dpi.AttributeID]bool{
	dpi.AttrPacketCount: true, dpi.AttrDataCount: true, dpi.AttrPayloadCount: true,
	dpi.AttrFragPackets: true, dpi.AttrFragVolume: true, dpi.AttrDFPackets: true, dpi.AttrDFVolume: true,
	dpi.AttrSessionCount: true, dpi.AttrStats: true,
}

// counts turns the counts of several feeds into what one analyzer of all packets
// would have counted: a packet that changes a count carries it, and packets come in
// their order. Only of a count that a change of rules has made known, feeds that
// have not told it since are left out.
type counts struct {
	schema *Schema
	counts []bool     // by place in messages
	total  []uint64   // likewise, of all feeds
	last   [][]uint64 // by feed, likewise: what it told last
	feed   int        // whose message is at hand
}

// newCounts makes the counts of a schema, nil if one feed counts all or nothing is
// counted. Those of before go on.
func newCounts(schema *Schema, feeds int, before *counts) *counts {
	n := len(schema.Attributes)
	c := &counts{schema: schema, counts: make([]bool, n), total: make([]uint64, n), last: make([][]uint64, feeds)}
	for i := range c.last {
		c.last[i] = make([]uint64, n)
	}
	some := false
	for place := range schema.Attributes {
		a := &schema.Attributes[place]
		if c.counts[place] = counting[a.ID]; c.counts[place] {
			some = true
			c.inherit(place, before, Key{a.Protocol, a.ID, a.Layer})
		}
	}
	if !some || feeds == 1 {
		return nil
	}
	return c
}

// inherit takes a count over.
func (c *counts) inherit(place int, before *counts, key Key) {
	if before == nil {
		return
	}
	was := before.schema.Index(key)
	if was < 0 {
		return
	}
	c.total[place] = before.total[was]
	for i := range c.last {
		c.last[i][place] = before.last[i][was]
	}
}

// all returns the value of all feeds for that of the message at hand.
func (c *counts) all(place int, n uint64) uint64 {
	if c == nil || place >= len(c.counts) || !c.counts[place] {
		return n
	}
	last := &c.last[c.feed][place]
	c.total[place] += n - *last
	*last = n
	return c.total[place]
}
