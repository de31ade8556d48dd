// Package spool takes records from threads that must not wait to a goroutine that
// may: one that writes to a disk, say. Records are copied into chunks of memory,
// of which each thread has a fixed number; what finds no room in them is refused.
// There is one channel operation for a chunk, none for a record, and no
// allocation once the chunks are made.
//
// It does not know what is in a record, and counts nothing: who is refused does.
package spool

// Chunk is records of one thread, one after the other as they were put.
type Chunk struct {
	Thread int
	Number uint64 // of the chunk among those of its thread, from 1
	Data   []byte

	home *Feed
}

// Queue is the way from threads to one goroutine.
type Queue struct {
	full  chan *Chunk
	feeds []*Feed
}

// Feed is the end of a Queue that one thread has.
type Feed struct {
	queue *Queue
	free  chan *Chunk
	chunk *Chunk // being filled, nil: none
	last  uint64 // number of the chunk that was begun last
	size  int
	wait  bool
}

// Options of a Queue.
type Options struct {
	Threads int
	Chunks  int  // of each thread, at least 2
	Size    int  // bytes of a chunk
	Wait    bool // a thread waits for room, instead of being refused
}

// New makes a queue with all its memory.
func New(o Options) *Queue {
	q := &Queue{full: make(chan *Chunk, o.Threads*o.Chunks)}
	for thread := range o.Threads {
		f := &Feed{queue: q, free: make(chan *Chunk, o.Chunks), size: o.Size, wait: o.Wait}
		for range o.Chunks {
			f.free <- &Chunk{Thread: thread, Data: make([]byte, 0, o.Size), home: f}
		}
		q.feeds = append(q.feeds, f)
	}
	return q
}

// Feed returns the end of a thread, from 0 on.
func (q *Queue) Feed(thread int) *Feed { return q.feeds[thread] }

// Chunks gives the chunks that are full or flushed, those of a thread in their
// order. Each must be given back by Done.
func (q *Queue) Chunks() <-chan *Chunk { return q.full }

// Done gives a chunk back to its thread.
func (q *Queue) Done(c *Chunk) {
	c.Data = c.Data[:0]
	c.home.free <- c
}

// Close says that nothing will be put any more: Chunks ends after what was
// flushed.
func (q *Queue) Close() { close(q.full) }

// Room returns n bytes for a record, which is part of the queue from now on and
// must be filled before the next call. It is nil if there is no room now, or if
// no chunk could hold so much.
func (f *Feed) Room(n int) []byte {
	if n > f.size {
		return nil
	}
	if f.chunk != nil && f.size-len(f.chunk.Data) < n {
		f.Flush()
	}
	if f.chunk == nil && !f.begin() {
		return nil
	}
	at := len(f.chunk.Data)
	f.chunk.Data = f.chunk.Data[:at+n]
	return f.chunk.Data[at:]
}

// begin takes a free chunk, and reports whether there was one.
func (f *Feed) begin() bool {
	if f.wait {
		f.chunk = <-f.free
	} else {
		select {
		case f.chunk = <-f.free:
		default:
			return false
		}
	}
	f.last++
	f.chunk.Number = f.last
	return true
}

// Flush sends what has been put so far.
func (f *Feed) Flush() {
	if f.chunk != nil {
		f.queue.full <- f.chunk // never full: it has room for all chunks
		f.chunk = nil
	}
}

// Last returns the number of the chunk that the latest record is in, 0 if there
// was none.
func (f *Feed) Last() uint64 { return f.last }

// Largest returns how long a record can be, bytes.
func (f *Feed) Largest() int { return f.size }
