package steer

import (
	"errors"
	"math/bits"

	"mmt/dataplane"
)

// MaxAnalyzers is how many analyzers a Steer can choose from.
const MaxAnalyzers = 256

// Options of a Steer. Those of all pollers that feed the same analyzers must be
// the same.
type Options struct {
	Analyzers int // 1 to MaxAnalyzers
	// Layer is the IP layer that sessions are keyed by, as in
	// dpi.Encapsulation: 0 for the last, else counted from 1; a number beyond
	// the last layer means the last.
	Layer int
	// Defragment tells that the analyzers put fragments together.
	Defragment bool
	// Seed makes it hard to guess which addresses share an analyzer.
	Seed uint64
}

// Stats counts what did not go as it should. It is exact.
type Stats struct {
	// Strays is how many fragmented datagrams were kept away from the session
	// of what they carry, because their first fragment did not come first.
	Strays uint64
}

// Steer chooses analyzers for the packets of one poller. It must not be used by
// two threads at a time.
type Steer struct {
	walk      walk
	analyzers uint64
	fragments *fragments // nil: no packet says more than its own addresses
	stats     Stats
	warmth    byte // keeps the loads of warm from being optimised away
}

// New returns a Steer, or an error if Options.Analyzers or Options.Layer is out
// of range.
func New(o Options) (*Steer, error) {
	switch {
	case o.Analyzers < 1 || o.Analyzers > MaxAnalyzers:
		return nil, errors.New("steer: the number of analyzers must be from 1 to 256")
	case o.Layer < 0:
		return nil, errors.New("steer: the IP layer must be 0 for the last one, or counted from 1")
	}
	s := &Steer{analyzers: uint64(o.Analyzers)}
	if o.Layer < maxLayersIP {
		s.walk.want = o.Layer
	}
	s.walk.parts, s.walk.seed = o.Defragment && o.Layer != 1, o.Seed
	if s.walk.parts && o.Analyzers > 1 {
		s.fragments = new(fragments)
	}
	return s, nil
}

// Stats returns the counters so far.
func (s *Steer) Stats() Stats { return s.stats }

// To returns the analyzer of a packet, from 0.
func (s *Steer) To(p *dataplane.Packet) int {
	if s.analyzers == 1 {
		return 0
	}
	return s.share(s.hash(p))
}

// share returns the analyzer of packets with a hash.
func (s *Steer) share(hash uint64) int {
	high, _ := bits.Mul64(hash, s.analyzers)
	return int(high)
}

// Burst writes the analyzer of each packet of b.
func (s *Steer) Burst(b *dataplane.Burst, to *[dataplane.BurstSize]uint8) {
	packets := b.Packets[:b.N]
	s.warm(packets)
	for i := range packets {
		to[i] = uint8(s.To(&packets[i]))
	}
}

// warm loads the cache lines of each packet where addresses are, of a tunnel's
// packets the inner ones, too. Asked for all at once, the loads overlap; one by
// one, each packet would wait for memory.
func (s *Steer) warm(packets []dataplane.Packet) {
	var sum byte
	for i := range packets {
		if d := packets[i].Data; len(d) > 64 {
			sum += d[20] + d[64]
		}
	}
	s.warmth = sum
}

// hash returns a value that is the same for all packets that must come
// together, 0 for those without an IP layer.
func (s *Steer) hash(p *dataplane.Packet) uint64 {
	w := &s.walk
	addrs, ok := w.quick(p)
	if w.plain = ok; ok {
		return addrs.hash(w.seed)
	}
	w.run(p)
	if w.layers == 0 {
		return 0
	}
	h := w.addrs.hash(w.seed)
	if w.nPart > 0 && s.fragments != nil {
		h = s.together(h, p.Time)
	}
	return h
}
