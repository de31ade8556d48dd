package spool

import (
	"encoding/binary"
	"sync"
	"testing"
)

// TestOrder holds that what one thread puts comes in order and complete, while
// chunks are used again.
func TestOrder(t *testing.T) {
	const threads, records = 3, 5000
	q := New(Options{Threads: threads, Chunks: 2, Size: 64, Wait: true})
	var group sync.WaitGroup
	for thread := range threads {
		group.Go(func() {
			f := q.Feed(thread)
			for i := range records {
				binary.LittleEndian.PutUint32(f.Room(4), uint32(i))
				if i%7 == 0 {
					f.Flush()
				}
			}
			f.Flush()
		})
	}
	go func() { group.Wait(); q.Close() }()
	var next [threads]uint32
	var chunks [threads]uint64
	for c := range q.Chunks() {
		if chunks[c.Thread]++; c.Number != chunks[c.Thread] {
			t.Fatalf("thread %d: chunk %d, want %d", c.Thread, c.Number, chunks[c.Thread])
		}
		for d := c.Data; len(d) > 0; d = d[4:] {
			if n := binary.LittleEndian.Uint32(d); n != next[c.Thread] {
				t.Fatalf("thread %d: record %d, want %d", c.Thread, n, next[c.Thread])
			}
			next[c.Thread]++
		}
		q.Done(c)
	}
	for thread, n := range next {
		if n != records {
			t.Errorf("thread %d: %d records, want %d", thread, n, records)
		}
	}
}

// TestRefused holds that a thread that may not wait is refused where there is no
// room, and goes on where there is room again.
func TestRefused(t *testing.T) {
	q := New(Options{Threads: 1, Chunks: 2, Size: 8})
	f := q.Feed(0)
	if f.Room(9) != nil {
		t.Error("a record larger than a chunk found room")
	}
	for i := range 4 {
		if f.Room(4) == nil {
			t.Fatalf("record %d was refused", i)
		}
	}
	if f.Room(4) != nil {
		t.Error("a record found room where there is none")
	}
	q.Done(<-q.Chunks())
	if f.Room(4) == nil || f.Last() != 3 {
		t.Errorf("no room in a chunk that came back; chunk %d", f.Last())
	}
}

func TestNoAllocation(t *testing.T) {
	q := New(Options{Threads: 1, Chunks: 2, Size: 64})
	f := q.Feed(0)
	if n := testing.AllocsPerRun(1000, func() {
		f.Room(48)
		f.Flush()
		q.Done(<-q.Chunks())
	}); n != 0 {
		t.Errorf("%v allocations a record", n)
	}
}
