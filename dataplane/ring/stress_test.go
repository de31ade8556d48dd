package ring

import (
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
)

// item spans two words, so that a torn or early read shows.
type item struct{ n, check uint64 }

func (i *item) set(n uint64)     { i.n, i.check = n, ^n }
func (i *item) is(n uint64) bool { return i.n == n && i.check == ^n }

const (
	stressItems = 100_000
	stressCap   = 64
)

// idle waits if nothing was done.
func idle(wait *Backoff, done int) {
	if done > 0 {
		wait.Reset()
		return
	}
	wait.Wait()
}

// produce enqueues the numbers from 0 by both ways, then closes.
func produce(r *SPSC[item], rng *rand.Rand) {
	defer r.Close()
	wait := NewBackoff()
	burst := make([]item, 40)
	for next := uint64(0); next < stressItems; {
		n := int(min(uint64(rng.IntN(len(burst))+1), stressItems-next))
		slots := burst[:n]
		inPlace := rng.IntN(2) == 0
		if inPlace {
			slots = r.Reserve(n)
		}
		for i := range slots {
			slots[i].set(next + uint64(i))
		}
		done := len(slots)
		if inPlace {
			r.Commit(done)
		} else {
			done = r.Enqueue(slots)
		}
		next += uint64(done)
		idle(&wait, done)
	}
}

// consume reads numbers by both ways until the ring is drained; it returns how
// many came in their order before the first that did not.
func consume(r *Reader[item], rng *rand.Rand) (next uint64) {
	wait := NewBackoff()
	burst := make([]item, 40)
	for !r.Drained() {
		items := r.Peek()
		inPlace := rng.IntN(2) == 0
		if !inPlace {
			items = burst[:r.Dequeue(burst[:rng.IntN(len(burst))+1])]
		}
		for i := range items {
			if !items[i].is(next) {
				return next
			}
			next++
		}
		if inPlace {
			r.Release(len(items))
		}
		idle(&wait, len(items))
	}
	return next
}

func TestSPSCStress(t *testing.T) {
	for seed := range uint64(3) {
		r := NewSPSC[item](stressCap)
		go produce(r, rand.New(rand.NewPCG(seed, 3)))
		if n := consume(&r.Reader, rand.New(rand.NewPCG(seed, 4))); n != stressItems {
			t.Fatalf("%d of %d items came in order", n, stressItems)
		}
	}
}

// broadcast offers the numbers from 0 in bursts of random length until as many
// have gone in as wanted, and returns how many it offered.
func broadcast(b *Broadcast[item], rng *rand.Rand) (offered uint64) {
	defer b.Close()
	wait := NewBackoff()
	for next := uint64(0); next < stressItems; {
		offered++
		if slot, ok := b.Next(); ok {
			slot.set(next)
			next++
			wait.Reset()
		} else {
			wait.Wait()
		}
		if rng.IntN(20) == 0 {
			b.Publish()
		}
	}
	return offered
}

func TestBroadcastStress(t *testing.T) {
	for _, policy := range []Policy{Wait, Lose} {
		const readers = 3
		b := NewBroadcast[item](stressCap, readers, policy)
		got := make([]uint64, readers)
		var all sync.WaitGroup
		for i := range readers {
			all.Go(func() { got[i] = consume(b.Reader(i), rand.New(rand.NewPCG(uint64(i), 5))) })
		}
		offered := broadcast(b, rand.New(rand.NewPCG(1, 6)))
		all.Wait()
		if !slices.Equal(got, []uint64{stressItems, stressItems, stressItems}) {
			t.Errorf("policy %d: of %d items %v came in order", policy, stressItems, got)
		}
		lost := offered - stressItems
		if policy == Wait {
			lost = 0
		}
		if b.Lost() != lost {
			t.Errorf("policy %d: lost %d, want %d", policy, b.Lost(), lost)
		}
	}
}
