package session

import "math/bits"

// wheelSize is how many seconds ahead the timer wheel reaches; a power of two.
// Sessions that live longer are looked at again when their bucket comes.
const wheelSize = 2048

// wheel is a timer wheel of one-second buckets, each a doubly linked list of
// sessions by slot. A session is moved only when its bucket comes, not when its
// packets do.
type wheel struct {
	heads [wheelSize]uint32
	some  [wheelSize / 64]uint64 // a bit for each bucket that is not empty
	now   int64                  // second up to which all buckets have been looked at
	begun bool
}

// due returns the second in which an idle session is over for sure.
func (t *Table) due(s *Session) int64 { return (s.seen+t.timeout(s))/1e9 + 1 }

// add puts s into the bucket of second due.
func (w *wheel) add(t *Table, s *Session, due int64) {
	if !w.begun {
		w.begun, w.now = true, s.seen/1e9-1
	}
	due = min(max(due, w.now+1), w.now+wheelSize-1)
	b := uint32(due & (wheelSize - 1))
	s.bucket, s.prev, s.next = uint16(b+1), 0, w.heads[b]
	if s.next != 0 {
		t.at(s.next).prev = s.Slot
	}
	w.heads[b] = s.Slot
	w.some[b/64] |= 1 << (b % 64)
}

// remove takes s out of its bucket.
func (w *wheel) remove(t *Table, s *Session) {
	if s.bucket == 0 {
		return
	}
	b := uint32(s.bucket - 1)
	if s.prev != 0 {
		t.at(s.prev).next = s.next
	} else {
		w.heads[b] = s.next
	}
	if s.next != 0 {
		t.at(s.next).prev = s.prev
	}
	if w.heads[b] == 0 {
		w.some[b/64] &^= 1 << (b % 64)
	}
	s.bucket, s.prev, s.next = 0, 0, 0
}

// advance looks at all buckets up to second now and ends what is due. A jump
// over more than the whole wheel looks at each bucket once.
func (w *wheel) advance(t *Table, now int64) {
	if !w.begun || now <= w.now {
		return
	}
	from := max(w.now+1, now-wheelSize+1)
	w.now = now
	for second := from; second <= now; second++ {
		w.sweep(t, uint32(second&(wheelSize-1)), now)
	}
}

// again puts all sessions where they are due by timeouts that have changed.
func (w *wheel) again(t *Table) {
	heads := w.heads
	w.heads, w.some = [wheelSize]uint32{}, [wheelSize / 64]uint64{}
	for _, slot := range heads {
		for slot != 0 {
			s := t.at(slot)
			slot = s.next
			w.add(t, s, t.due(s))
		}
	}
}

// sweep ends the sessions of a bucket whose time is over and moves the others
// to where they will be due.
func (w *wheel) sweep(t *Table, bucket uint32, now int64) {
	for slot := w.heads[bucket]; slot != 0; {
		s := t.at(slot)
		slot = s.next
		due := t.due(s)
		if due <= now && s.marks&away != 0 {
			due = t.recall(s, now)
		}
		if due <= now {
			t.stats.Expired++
			t.end(s)
			continue
		}
		// A session that began at a jump of time was put as far as the wheel reached then.
		// It is looked at when all others are, so that it ends when it would in a wheel
		// that knows nothing from before the jump.
		if first := (s.FirstTime+t.shortest)/1e9 + 1; first > now {
			due = min(due, first)
		}
		w.remove(t, s)
		w.add(t, s, due)
	}
}

// first returns the first bucket that is not empty, in the order in which they
// come; ok is false if all are.
func (w *wheel) first() (bucket uint32, second int64, ok bool) {
	const words = uint32(len(w.some))
	start := uint32(w.now+1) & (wheelSize - 1)
	word := w.some[start/64] >> (start % 64) << (start % 64)
	for i := range words + 1 {
		at := (start/64 + i) % words
		if i > 0 {
			word = w.some[at]
		}
		if word != 0 {
			b := at*64 + uint32(bits.TrailingZeros64(word))
			return b, w.now + 1 + int64((b-start)&(wheelSize-1)), true
		}
	}
	return 0, 0, false
}

// evictTries is how many sessions are looked at to find one to evict.
const evictTries = 256

// spare returns the second from which on a session makes room before others: when it
// is due, but of attempts to connect as if they ended early, so that a flood of them
// pushes out itself.
func (t *Table) spare(s *Session) int64 {
	if s.isAttempt() {
		return (s.seen+1e9*t.config.Timeouts[ShortTimeout])/1e9 + 1
	}
	return t.due(s)
}

// evict ends the session that would be the first to expire, to the second.
// Sessions that were active since they were put where they are move to where
// they belong, which happens once in the time of their timeout; among very many
// such at once, the one goes that was idle for longest.
func (t *Table) evict() {
	w := &t.wheel
	var victim *Session
	for range evictTries {
		bucket, second, ok := w.first()
		if !ok {
			break
		}
		s := t.at(w.heads[bucket])
		here := s.marks&away == 0
		if here && (victim == nil || s.seen < victim.seen) {
			victim = s
		}
		due := t.spare(s)
		if !here && due <= second {
			due = t.recall(s, second)
		}
		if due <= second {
			victim = s
			break
		}
		w.remove(t, s)
		w.add(t, s, due)
	}
	if victim == nil {
		victim = t.anyHere()
	}
	if victim != nil {
		t.stats.Evicted++
		t.end(victim)
	}
}
