package session

// wheelSize is how many seconds ahead the timer wheel reaches; a power of two.
// Sessions that live longer are looked at again when their bucket comes.
const wheelSize = 2048

// wheel is a timer wheel of one-second buckets, each a doubly linked list of
// sessions by slot. A session is moved only when its bucket comes, not when its
// packets do.
type wheel struct {
	heads [wheelSize]uint32
	now   int64 // second up to which all buckets have been looked at
	begun bool
}

// add puts s into the bucket of second due.
func (w *wheel) add(t *Table, s *Session, due int64) {
	if !w.begun {
		w.begun = true
		w.now = min(t.secondOf(s), due) - 1
	}
	due = min(max(due, w.now+1), w.now+wheelSize-1)
	b := uint32(due & (wheelSize - 1))
	s.bucket, s.prev, s.next = b+1, 0, w.heads[b]
	if s.next != 0 {
		t.at(s.next).prev = s.Slot
	}
	w.heads[b] = s.Slot
}

// secondOf returns the second of a session's latest packet.
func (t *Table) secondOf(s *Session) int64 { return s.LastTime / 1e9 }

// remove takes s out of its bucket.
func (w *wheel) remove(t *Table, s *Session) {
	if s.bucket == 0 {
		return
	}
	if s.prev != 0 {
		t.at(s.prev).next = s.next
	} else {
		w.heads[s.bucket-1] = s.next
	}
	if s.next != 0 {
		t.at(s.next).prev = s.prev
	}
	s.bucket, s.prev, s.next = 0, 0, 0
}

// advance looks at all buckets up to second now and ends what is due. A jump
// over more than the whole wheel looks at each bucket once.
func (w *wheel) advance(t *Table, now int64) {
	if !w.begun {
		return
	}
	from := max(w.now+1, now-wheelSize+1)
	w.now = max(w.now, now)
	for second := from; second <= now; second++ {
		w.sweep(t, uint32(second&(wheelSize-1)), now)
	}
}

// sweep ends the sessions of a bucket whose time is over and moves the others
// to where they will be due.
func (w *wheel) sweep(t *Table, bucket uint32, now int64) {
	slot := w.heads[bucket]
	for slot != 0 {
		s := t.at(slot)
		slot = s.next
		due := t.secondOf(s) + t.timeout(s)
		if due <= now {
			t.stats.Expired++
			t.end(s)
			continue
		}
		w.remove(t, s)
		w.add(t, s, due)
	}
}

// evictTries is how many sessions are looked at to find one to evict.
const evictTries = 16

// evict ends the session that would be the first to expire, as far as a look
// at a few of the earliest buckets tells.
func (t *Table) evict() {
	var oldest *Session
	tries := 0
	for i := int64(1); i <= wheelSize && tries < evictTries; i++ {
		for slot := t.wheel.heads[(t.wheel.now+i)&(wheelSize-1)]; slot != 0 && tries < evictTries; tries++ {
			s := t.at(slot)
			if oldest == nil || s.LastTime < oldest.LastTime {
				oldest = s
			}
			slot = s.next
		}
	}
	if oldest != nil {
		t.stats.Evicted++
		t.end(oldest)
	}
}
