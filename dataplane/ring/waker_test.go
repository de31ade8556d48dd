package ring

import (
	"sync/atomic"
	"testing"
	"time"
)

func TestTired(t *testing.T) {
	b := Backoff{Spins: 1, Yields: 1, MinSleep: tired / 4, MaxSleep: tired / 2}
	for i, want := range []bool{false, false, false, false, true, true} {
		b.Wait()
		if b.Tired() != want {
			t.Errorf("after %d waits: %v, want %v", i+1, b.Tired(), want)
		}
	}
	if b.Reset(); b.Tired() {
		t.Error("tired after Reset")
	}
	never := Backoff{}
	if never.Wait(); never.Tired() {
		t.Error("tired, but it never sleeps")
	}
}

// TestWaker holds that no item is slept through, whenever it comes.
func TestWaker(t *testing.T) {
	const items = 100000
	r, w := NewSPSC[int](4), NewWaker()
	var slept atomic.Uint64
	done := make(chan int)
	go func() {
		sum, buf := 0, make([]int, 4)
		for n := 0; n < items; {
			news := w.News()
			got := r.Dequeue(buf)
			if got == 0 {
				slept.Add(1)
				w.Sleep(news)
			}
			for _, v := range buf[:got] {
				sum += v
			}
			n += got
		}
		done <- sum
	}()
	want := 0
	for i := range items {
		for r.Enqueue([]int{i}) == 0 {
			w.Wake()
		}
		w.Wake()
		want += i
	}
	select {
	case sum := <-done:
		if sum != want {
			t.Errorf("sum %d, want %d", sum, want)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("the reader sleeps on")
	}
	t.Logf("slept %d times", slept.Load())
}
