package ring

import (
	"slices"
	"syscall"
	"testing"
	"time"
)

func TestBackoffStages(t *testing.T) {
	const us = time.Microsecond
	type step struct {
		stage stage
		d     time.Duration
	}
	for name, c := range map[string]struct {
		b    Backoff
		want []step
	}{
		"all": {Backoff{Spins: 2, Yields: 1, MinSleep: 3 * us, MaxSleep: 10 * us},
			[]step{{spin, 0}, {spin, 0}, {yield, 0}, {sleep, 3 * us}, {sleep, 6 * us}, {sleep, 10 * us}, {sleep, 10 * us}}},
		"never sleeps":     {Backoff{Spins: 1, Yields: 1}, []step{{spin, 0}, {yield, 0}, {yield, 0}, {yield, 0}}},
		"only spins":       {Backoff{}, []step{{spin, 0}, {spin, 0}}},
		"only sleeps":      {Backoff{MaxSleep: us}, []step{{sleep, us}, {sleep, us}}},
		"least above most": {Backoff{MinSleep: 5 * us, MaxSleep: us}, []step{{sleep, us}, {sleep, us}}},
	} {
		for range 2 { // after Reset all over again
			var got []step
			for range c.want {
				s, d := c.b.next()
				got = append(got, step{s, d})
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("%s: %v, want %v", name, got, c.want)
			}
			c.b.Reset()
		}
	}
}

// cpuTime returns the processor time that this process has used.
func cpuTime(t *testing.T) time.Duration {
	t.Helper()
	var use syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &use); err != nil {
		t.Fatal(err)
	}
	return time.Duration(use.Utime.Nano() + use.Stime.Nano())
}

// TestIdle holds the promise that an idle ring costs next to nothing.
func TestIdle(t *testing.T) {
	const idle = 300 * time.Millisecond
	r, b := NewSPSC[int](64), NewBackoff()
	var items [32]int
	before := cpuTime(t)
	for end := time.Now().Add(idle); time.Now().Before(end); {
		if r.Dequeue(items[:]) > 0 {
			t.Fatal("an item out of nothing")
		}
		b.Wait()
	}
	used := cpuTime(t) - before
	t.Logf("%v of processor time in %v", used, idle)
	if used > idle/5 {
		t.Errorf("an idle consumer used %v of processor time in %v", used, idle)
	}
}
