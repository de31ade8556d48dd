package ring

import (
	"fmt"
	"runtime"
	"testing"
)

// The benchmarks move 8-byte items from one thread to another; one operation is
// one item. In each, the consumer adds up what it gets.

const benchCap = 4096

// twoThreads runs both sides of a transfer of b.N items on threads of their own
// and reports the rate. The consumer returns the sum of the items 0 to b.N-1.
func twoThreads(b *testing.B, produce func(n uint64), consume func(n uint64) (sum uint64)) {
	n := uint64(b.N)
	b.ResetTimer()
	go func() {
		runtime.LockOSThread()
		produce(n)
	}()
	runtime.LockOSThread()
	sum := consume(n)
	runtime.UnlockOSThread()
	b.StopTimer()
	if want := n * (n - 1) / 2; sum != want {
		b.Fatalf("the sum of the items is %d, want %d", sum, want)
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds()/1e6, "Mitems/s")
}

// benchBackoff spins and yields, as pinned workers do under load.
func benchBackoff() Backoff { return Backoff{Spins: 1000, Yields: 1} }

// fill writes the numbers from next on into burst.
func fill(burst []uint64, next uint64) {
	for i := range burst {
		burst[i] = next + uint64(i)
	}
}

func sumOf(items []uint64) (sum uint64) {
	for _, v := range items {
		sum += v
	}
	return sum
}

func BenchmarkSPSC(b *testing.B) {
	for _, burst := range []int{1, 8, 32} {
		b.Run(fmt.Sprintf("burst=%d", burst), func(b *testing.B) { benchCopying(b, burst) })
	}
}

func benchCopying(b *testing.B, burst int) {
	r := NewSPSC[uint64](benchCap)
	twoThreads(b, func(n uint64) {
		items, wait := make([]uint64, burst), benchBackoff()
		for next := uint64(0); next < n; {
			items := items[:min(uint64(burst), n-next)]
			fill(items, next)
			for left := items; len(left) > 0; {
				done := r.Enqueue(left)
				left = left[done:]
				idle(&wait, done)
			}
			next += uint64(len(items))
		}
	}, func(n uint64) (sum uint64) {
		items, wait := make([]uint64, burst), benchBackoff()
		for got := uint64(0); got < n; {
			done := r.Dequeue(items)
			sum += sumOf(items[:done])
			got += uint64(done)
			idle(&wait, done)
		}
		return sum
	})
}

func BenchmarkSPSCInPlace(b *testing.B) {
	r := NewSPSC[uint64](benchCap)
	twoThreads(b, func(n uint64) {
		wait := benchBackoff()
		for next := uint64(0); next < n; {
			slots := r.Reserve(int(min(32, n-next)))
			fill(slots, next)
			r.Commit(len(slots))
			next += uint64(len(slots))
			idle(&wait, len(slots))
		}
	}, func(n uint64) uint64 { return sumInPlace(&r.Reader, n) })
}

// sumInPlace adds up n items where they lie, at most 32 at a time.
func sumInPlace(r *Reader[uint64], n uint64) (sum uint64) {
	wait := benchBackoff()
	for got := uint64(0); got < n; {
		items := r.Peek()
		items = items[:min(32, len(items))]
		sum += sumOf(items)
		r.Release(len(items))
		got += uint64(len(items))
		idle(&wait, len(items))
	}
	return sum
}

// BenchmarkBroadcast has one reader, as there are threads for two sides only.
func BenchmarkBroadcast(b *testing.B) {
	r := NewBroadcast[uint64](benchCap, 1, Wait)
	twoThreads(b, func(n uint64) {
		wait := benchBackoff()
		for next := uint64(0); next < n; {
			slot, ok := r.Next()
			if !ok {
				wait.Wait()
				continue
			}
			*slot = next
			if next++; next%32 == 0 {
				r.Publish()
				wait.Reset()
			}
		}
		r.Close()
	}, func(n uint64) uint64 { return sumInPlace(r.Reader(0), n) })
}

func BenchmarkChannel(b *testing.B) {
	ch := make(chan uint64, benchCap)
	twoThreads(b, func(n uint64) {
		for i := range n {
			ch <- i
		}
		close(ch)
	}, func(uint64) (sum uint64) {
		for v := range ch {
			sum += v
		}
		return sum
	})
}

// BenchmarkChannelBurst sends pointers to 32 items, which come back by a second
// channel to be filled again.
func BenchmarkChannelBurst(b *testing.B) {
	const bursts = benchCap / 32
	ch, back := make(chan *[]uint64, bursts), make(chan *[]uint64, bursts)
	for range bursts {
		burst := make([]uint64, 32)
		back <- &burst
	}
	twoThreads(b, func(n uint64) {
		for next := uint64(0); next < n; {
			burst := <-back
			*burst = (*burst)[:min(32, n-next)]
			fill(*burst, next)
			next += uint64(len(*burst))
			ch <- burst
		}
		close(ch)
	}, func(uint64) (sum uint64) {
		for burst := range ch {
			sum += sumOf(*burst)
			back <- burst
		}
		return sum
	})
}
