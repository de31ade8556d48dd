// Command rings moves items of 8 bytes from one pinned thread to another in
// bursts of 32, in turns through the probe's ring, a Go channel and, in a build
// with the tag dpdk, DPDK's rte_ring: all in C, and called from Go. The receiving
// side adds the items up. The processors are the first and the last that it may
// use.
package main

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"time"

	"github.com/spf13/pflag"

	"mmt/dataplane/pin"
	"mmt/dataplane/ring"
)

// Of each transfer.
const (
	capacity = 4096
	burst    = 32
)

// transfer is a way to move items. Both functions are called in threads of
// their own; consume returns the sum of the items.
type transfer struct {
	name    string
	items   uint64 // of a round, some tens of milliseconds
	prepare func() (produce func(n uint64), consume func(n uint64) uint64)
}

func main() {
	rounds := pflag.Int("rounds", 9, "rounds; the median counts")
	pflag.Parse()
	cores, err := pin.Allowed()
	if err == nil && len(cores) < 2 {
		err = fmt.Errorf("two processors are needed, there is %d", len(cores))
	}
	if err == nil {
		err = measure(*rounds, cores[0], cores[len(cores)-1])
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "rings:", err)
		os.Exit(1)
	}
}

// measure lets all take turns and prints the medians, and how they are to the
// first.
func measure(rounds, from, to int) error {
	list := append([]transfer{
		{"ring", 4 << 20, inRing}, {"ring, in place", 4 << 20, inPlace},
		{"channel", 1 << 18, channel}, {"channel of bursts", 1 << 20, channelOfBursts},
	}, others...)
	rates := make([][]float64, len(list))
	for range rounds {
		for i, t := range list {
			rate, err := t.run(from, to)
			if err != nil {
				return fmt.Errorf("%s: %w", t.name, err)
			}
			rates[i] = append(rates[i], rate)
		}
	}
	fmt.Printf("%s, items of 8 bytes between two threads in bursts of %d, medians of %d rounds\n", runtime.Version(), burst, rounds)
	for i, t := range list {
		slices.Sort(rates[i])
		median := rates[i][rounds/2]
		fmt.Printf("%-26s %7.1f M/s, best %7.1f   %5.2f of ring\n", t.name, median, rates[i][rounds-1], median/rates[0][rounds/2])
	}
	if missing != "" {
		fmt.Println(missing)
	}
	return nil
}

// run returns millions of items a second.
func (t *transfer) run(from, to int) (float64, error) {
	produce, consume := t.prepare()
	ready, failed, sum := make(chan struct{}), make(chan error, 2), make(chan uint64, 1)
	start := func(core int, f func()) {
		if _, err := pin.Lock(core); err != nil { // the thread ends with the goroutine
			failed <- err
		}
		ready <- struct{}{}
		f()
	}
	begin := make(chan struct{})
	go start(from, func() { <-begin; produce(t.items) })
	go start(to, func() { <-begin; sum <- consume(t.items) })
	<-ready
	<-ready
	began := time.Now()
	close(begin)
	got := <-sum
	took := time.Since(began)
	if want := t.items * (t.items - 1) / 2; got != want {
		return 0, fmt.Errorf("the sum of the items is %d, not %d", got, want)
	}
	if len(failed) > 0 {
		return 0, <-failed
	}
	return float64(t.items) / took.Seconds() / 1e6, nil
}

// backoff spins and yields, as pinned workers do under load.
func backoff() ring.Backoff { return ring.Backoff{Spins: 1000, Yields: 1} }

// idle waits if nothing was done.
func idle(b *ring.Backoff, done int) {
	if done == 0 {
		b.Wait()
	} else {
		b.Reset()
	}
}

func fill(items []uint64, next uint64) {
	for i := range items {
		items[i] = next + uint64(i)
	}
}

func sumOf(items []uint64) (sum uint64) {
	for _, v := range items {
		sum += v
	}
	return sum
}

// copying moves items through anything with a way in and a way out, which return
// how many they took. The numbers of items are multiples of burst.
func copying(in, out func([]uint64) int) (func(uint64), func(uint64) uint64) {
	return func(n uint64) {
			items, wait := make([]uint64, burst), backoff()
			for next := uint64(0); next < n; next += burst {
				fill(items, next)
				for left := items; len(left) > 0; {
					done := in(left)
					left = left[done:]
					idle(&wait, done)
				}
			}
		}, func(n uint64) (sum uint64) {
			items, wait := make([]uint64, burst), backoff()
			for got := uint64(0); got < n; {
				done := out(items)
				sum += sumOf(items[:done])
				got += uint64(done)
				idle(&wait, done)
			}
			return sum
		}
}

func inRing() (func(uint64), func(uint64) uint64) {
	r := ring.NewSPSC[uint64](capacity)
	return copying(r.Enqueue, r.Dequeue)
}

func inPlace() (func(uint64), func(uint64) uint64) {
	r := ring.NewSPSC[uint64](capacity)
	return func(n uint64) {
			wait := backoff()
			for next := uint64(0); next < n; {
				slots := r.Reserve(burst)
				fill(slots, next)
				r.Commit(len(slots))
				next += uint64(len(slots))
				idle(&wait, len(slots))
			}
		}, func(n uint64) (sum uint64) {
			wait := backoff()
			for got := uint64(0); got < n; {
				items := r.Peek()
				items = items[:min(burst, len(items))]
				sum += sumOf(items)
				r.Release(len(items))
				got += uint64(len(items))
				idle(&wait, len(items))
			}
			return sum
		}
}

func channel() (func(uint64), func(uint64) uint64) {
	ch := make(chan uint64, capacity)
	return func(n uint64) {
			for i := range n {
				ch <- i
			}
		}, func(n uint64) (sum uint64) {
			for range n {
				sum += <-ch
			}
			return sum
		}
}

// channelOfBursts sends pointers to bursts, which come back by a second channel.
func channelOfBursts() (func(uint64), func(uint64) uint64) {
	const bursts = capacity / burst
	ch, back := make(chan *[burst]uint64, bursts), make(chan *[burst]uint64, bursts)
	for range bursts {
		back <- new([burst]uint64)
	}
	return func(n uint64) {
			for next := uint64(0); next < n; next += burst {
				items := <-back
				fill(items[:], next)
				ch <- items
			}
		}, func(n uint64) (sum uint64) {
			for range n / burst {
				items := <-ch
				sum += sumOf(items[:])
				back <- items
			}
			return sum
		}
}
