package ring_test

import (
	"fmt"
	"sync"

	"mmt/dataplane/ring"
)

// A producer that must lose nothing waits while the ring is full; the consumer
// waits while it is empty, and ends when it is drained.
func ExampleSPSC() {
	r := ring.NewSPSC[int](64)
	go func() {
		defer r.Close()
		wait := ring.NewBackoff()
		items := []int{1, 2, 3, 4}
		for len(items) > 0 {
			n := r.Enqueue(items)
			if items = items[n:]; n == 0 {
				wait.Wait()
				continue
			}
			wait.Reset()
		}
	}()

	wait := ring.NewBackoff()
	sum := 0
	for !r.Drained() {
		items := r.Peek()
		if len(items) == 0 {
			wait.Wait()
			continue
		}
		wait.Reset()
		for _, v := range items {
			sum += v
		}
		r.Release(len(items))
	}
	fmt.Println(sum)
	// Output: 10
}

// Each reader sees every item, in the slot where the producer wrote it.
func ExampleBroadcast() {
	b := ring.NewBroadcast[string](64, 2, ring.Lose)
	for _, text := range []string{"SYN", "ACK"} {
		if slot, ok := b.Next(); ok {
			*slot = text
		}
	}
	b.Close()

	var readers sync.WaitGroup
	var seen [2]int
	for i := range seen {
		readers.Go(func() {
			for r := b.Reader(i); !r.Drained(); {
				items := r.Peek()
				seen[i] += len(items)
				r.Release(len(items))
			}
		})
	}
	readers.Wait()
	fmt.Println(seen, b.Lost())
	// Output: [2 2] 0
}
