package verifier

import (
	"time"

	"mmt/analyzer/security"
)

// maxHeld is how many batches wait to be put in order. With more, the oldest go
// on before their time.
const maxHeld = 1024

// merger gives the messages of all probes to one engine: as they come, or, with a
// window, by their times as far as they come within the window. It is for one
// goroutine.
type merger struct {
	engine  *security.Engine
	window  time.Duration
	recycle func(*batch)

	held     []held // by arrival
	order    byTime // messages that wait
	sequence uint64 // of messages, by arrival
	last     int64  // time of the message verified last
	messages uint64 // verified
	late     uint64 // of them, with a time before that of the one before
}

// held is a batch that waits.
type held struct {
	due    time.Time
	newest int64 // time of its latest message
}

// take takes a batch that has come at now.
func (m *merger) take(b *batch, now time.Time) {
	b.waiting = len(b.messages)
	if m.window == 0 {
		for i := range b.messages {
			m.verify(b, &b.messages[i])
		}
		m.engine.Flush(m.messages)
		return
	}
	newest := b.messages[0].time
	for i := range b.messages {
		m.sequence++
		m.order.push(waiting{time: b.messages[i].time, sequence: m.sequence, batch: b, index: i})
		newest = max(newest, b.messages[i].time)
	}
	m.held = append(m.held, held{due: now.Add(m.window), newest: newest})
	if len(m.held) > maxHeld {
		m.releaseFirst()
	}
}

// advance verifies what has waited long enough.
func (m *merger) advance(now time.Time) {
	for len(m.held) > 0 && !now.Before(m.held[0].due) {
		m.releaseFirst()
	}
	m.engine.Flush(m.messages)
}

// next tells when advance is due. ok is false if nothing waits.
func (m *merger) next() (due time.Time, ok bool) {
	if len(m.held) == 0 {
		return due, false
	}
	return m.held[0].due, true
}

// releaseFirst verifies the messages of the batch that came first, and all with
// times before theirs.
func (m *merger) releaseFirst() {
	newest := m.held[0].newest
	m.held = m.held[1:]
	for len(m.order) > 0 && m.order[0].time <= newest {
		w := m.order.pop()
		m.verify(w.batch, &w.batch.messages[w.index])
	}
}

// finish verifies all that waits.
func (m *merger) finish() {
	for len(m.held) > 0 {
		m.releaseFirst()
	}
	m.engine.Flush(m.messages)
}

// verify gives a message to the engine, and its batch back after the last.
// Messages are numbered in the order in which they are verified.
func (m *merger) verify(b *batch, x *message) {
	m.messages++
	if x.time < m.last {
		m.late++
	}
	m.last = x.time
	m.engine.Process(x.time, m.messages, 0, b.of(x))
	if b.waiting--; b.waiting == 0 {
		m.recycle(b)
	}
}

// waiting is a message that waits for its turn.
type waiting struct {
	time     int64
	sequence uint64
	batch    *batch
	index    int
}

// byTime is a heap of messages, those of equal times by arrival.
type byTime []waiting

// before tells whether message i comes before message k.
func (h byTime) before(i, k int) bool {
	return h[i].time < h[k].time || h[i].time == h[k].time && h[i].sequence < h[k].sequence
}

// push adds a message.
func (h *byTime) push(w waiting) {
	*h = append(*h, w)
	list := *h
	for i := len(list) - 1; i > 0 && list.before(i, (i-1)/2); i = (i - 1) / 2 {
		list[i], list[(i-1)/2] = list[(i-1)/2], list[i]
	}
}

// pop removes the first message.
func (h *byTime) pop() waiting {
	list := *h
	first, last := list[0], len(list)-1
	list[0], list[last] = list[last], waiting{}
	list = list[:last]
	*h = list
	for i := 0; ; {
		child := 2*i + 1
		if child+1 < last && list.before(child+1, child) {
			child++
		}
		if child >= last || !list.before(child, i) {
			return first
		}
		list[i], list[child] = list[child], list[i]
		i = child
	}
}
