package security

import (
	"math"
	"sync/atomic"

	"mmt/analyzer/dpi"
	"mmt/dataplane/ring"
)

// beyond is behind all messages.
const beyond = math.MaxUint64

// Feed takes packets of one analyzer. It is for one thread, except Queue. The
// numbers of its packets ascend, and no two feeds have the same.
type Feed struct {
	engine *Engine
	schema *Schema // of the attributes to read
	tap    *tap    // nil until Attach
	fed    carrier // of what Process is given

	ring  *ring.Broadcast[message] // to the shards; nil: the caller's thread verifies
	wait  ring.Backoff
	at    uint64        // place of the last message
	cut   atomic.Uint64 // values that did not fit
	again atomic.Uint64 // messages that the ring counts as lost and that were sent again

	_      [128]byte     // the shards look at what follows all the time
	passed atomic.Uint64 // no message will come with this place or one before it, but those in the ring
	_      [128]byte
}

// newFeed makes a feed of an engine whose shards have their rules.
func newFeed(e *Engine) *Feed {
	o, first := &e.options, e.current.Load()
	f := &Feed{engine: e, schema: first.schema}
	if o.shards() == 0 {
		f.schema = first.programs[0].schema
		return f
	}
	policy := ring.Wait
	if o.Lose {
		policy = ring.Lose
	}
	f.ring = ring.NewBroadcast[message](o.RingSize, len(e.shards), policy)
	f.wait = ring.NewBackoff()
	if o.Unordered {
		f.passed.Store(beyond) // nobody waits for what may come
	}
	return f
}

// Attach makes the engine look at the packets of a handler, as packet handler
// number id.
func (f *Feed) Attach(h *dpi.Handler, id int) error {
	t := &tap{h: h, feed: f}
	t.resolve()
	if err := h.AddPacketHandler(id, t.packet); err != nil {
		return err
	}
	f.tap = t
	return nil
}

// Attribute is an attribute and its value, as someone else has extracted it.
type Attribute struct {
	Key
	Value dpi.Value
}

// Process verifies the rules on a packet, or on anything else that has
// attributes: its time in ns since 1970, its number, its session (0 if none),
// and its attributes, of which those that no rule reads are passed over. The
// values are not kept. A feed that is attached to a handler must not be fed.
func (f *Feed) Process(time int64, counter, flow uint64, attributes []Attribute) {
	if f.ring != nil {
		f.sendAttributes(time, counter, flow, attributes)
		return
	}
	s := f.engine.shards[0]
	c := &f.fed
	c.shard, c.present = s, c.present[:0]
	s.cells.source = c
	for i := range attributes {
		if cell := s.program.schema.Index(attributes[i].Key); cell >= 0 {
			s.cells.set(int32(cell), &attributes[i].Value)
			c.touch(s.program.groupOf[cell])
		}
	}
	s.process(time, counter, flow, c.present)
}

// EndFlow tells that a session has ended.
func (f *Feed) EndFlow(id uint64) {
	switch {
	case !f.engine.options.IgnoreFlow:
	case f.ring == nil:
		delete(f.engine.shards[0].ignored, id)
	default:
		f.sendEnd(id)
	}
}

// Flush hands what has been sent since the last Flush to the shards, and tells
// that no packet with number done or less will come any more: where there are
// several feeds, the packets of one wait until the others have passed them. Call
// it after each burst, also if none of its packets was for this feed.
func (f *Feed) Flush(done uint64) {
	if f.ring == nil {
		f.engine.stats[0].store(&f.engine.shards[0].stats)
		return
	}
	f.ring.Publish()
	if done > f.passed.Load() {
		f.passed.Store(done) // after what it speaks of
	}
	f.engine.tell()
}

// Close tells that nothing more will come.
func (f *Feed) Close() {
	f.Flush(beyond)
	if f.ring != nil {
		f.ring.Close()
		f.engine.tell()
	}
}

// Queue returns how many messages, most of them of one packet each, wait for the
// slowest shard, and how many find room; 0 without shards of their own. It may be
// called from any thread.
func (f *Feed) Queue() (depth, capacity int) {
	if f.ring == nil {
		return 0, 0
	}
	for i := range f.engine.shards {
		depth = max(depth, f.ring.Reader(i).Len())
	}
	return depth, f.ring.Cap()
}

// lost returns how many messages found the ring full.
func (f *Feed) lost() uint64 {
	if f.ring == nil {
		return 0
	}
	again := f.again.Load() // before the count that it is part of
	return f.ring.Lost() - again
}

// place returns where a packet stands among those of all feeds: by number, or by
// time where numbers do not tell.
func (f *Feed) place(time int64, counter uint64) uint64 {
	f.at = counter
	if f.engine.options.Unordered {
		f.at = uint64(time)
	}
	return f.at
}

// next returns the message to fill in, nil if the ring is full and messages may
// be lost.
func (f *Feed) next() *message {
	for {
		m, ok := f.ring.Next()
		if ok {
			f.wait.Reset()
			return m
		}
		f.engine.tell()
		if f.engine.options.Lose {
			return nil
		}
		f.wait.Wait()
	}
}

// sure is next for what must not be lost.
func (f *Feed) sure() *message {
	for {
		if m := f.next(); m != nil {
			return m
		}
		f.again.Add(1)
		f.wait.Wait()
	}
}

// sendPacket sends a packet of the tap to the shards.
func (f *Feed) sendPacket(t *tap, flow uint64) {
	m := f.next()
	if m == nil {
		return
	}
	m.reset(f.place(t.p.Time, t.p.Index), t.p.Time, t.p.Index, flow)
	v := &t.value
	for i := range f.schema.Attributes {
		if t.fetch(int32(i), v) && !m.add(i, v, f.engine.options.MaxMessage) {
			f.cut.Add(1)
		}
	}
}

// sendAttributes sends a packet that was extracted elsewhere to the shards.
func (f *Feed) sendAttributes(time int64, counter, flow uint64, attributes []Attribute) {
	m := f.next()
	if m == nil {
		return
	}
	m.reset(f.place(time, counter), time, counter, flow)
	for i := range attributes {
		if place := f.schema.Index(attributes[i].Key); place >= 0 && !m.add(place, &attributes[i].Value, f.engine.options.MaxMessage) {
			f.cut.Add(1)
		}
	}
}

// sendChange sends a change at once, so that nobody waits for it until the next
// packets have come.
func (f *Feed) sendChange(c *Change) {
	m := f.sure()
	m.reset(f.at, 0, 0, 0)
	m.change = c
	f.ring.Publish()
	f.engine.tell()
}

// sendEnd tells the shards that a flow of this feed has ended: behind the feed's
// last packet, which is all that matters, as no other feed has packets of it.
func (f *Feed) sendEnd(flow uint64) {
	m := f.sure()
	m.reset(f.at, 0, 0, flow)
	m.end = true
}
