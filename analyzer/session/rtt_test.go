package session

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// TestRTTQueueAgainstList compares with a plain sorted list, as long as no more
// segments are on their way than a queue holds.
func TestRTTQueueAgainstList(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	pool := rttPool{slab[rttBlock]{limit: 8}}
	for range 50 {
		var q rttQueue
		var want []unanswered
		base, at := r.Uint32(), r.Uint32()
		for range 300 {
			at += uint32(r.IntN(1000))
			end := base + uint32(r.IntN(20))*10
			if r.IntN(3) > 0 && len(want) < manyUnanswered {
				want = slices.DeleteFunc(want, func(u unanswered) bool { return u.end == end })
				want = append(want, unanswered{end, at})
				slices.SortFunc(want, func(a, b unanswered) int { return int(int32(a.end - b.end)) })
				pool.push(&q, end, at)
			} else {
				covered := slices.DeleteFunc(slices.Clone(want), func(u unanswered) bool { return int32(u.end-end) > 0 })
				want = want[len(covered):]
				rtt, weight := pool.ack(&q, end, at)
				if n := len(covered); n == 0 || covered[n-1].end != end {
					if weight != 0 {
						t.Fatalf("an acknowledgement of no end counts %d", weight)
					}
				} else if rtt != at-covered[n-1].at || int(weight) != n {
					t.Fatalf("rtt %d of %d segments, want %d of %d", rtt, weight, at-covered[n-1].at, n)
				}
				base += 10
			}
			if !slices.Equal(pool.list(&q), want) {
				t.Fatalf("queue %v, want %v", pool.list(&q), want)
			}
		}
		pool.drop(&q)
	}
	if pool.used() != 0 {
		t.Errorf("%d blocks are still in use", pool.used())
	}
}

func TestRTTQueueIsBounded(t *testing.T) {
	pool := rttPool{slab[rttBlock]{limit: 1}}
	var a, b rttQueue
	for i := range uint32(1000) {
		pool.push(&a, i, i)
		pool.push(&b, i, i)
	}
	if a.n != manyUnanswered || b.n != fewUnanswered {
		t.Errorf("queues of %d and %d segments, want %d with the only block and %d without", a.n, b.n, manyUnanswered, fewUnanswered)
	}
	if rtt, weight := pool.ack(&a, 0, 10); rtt != 10 || weight != 1 {
		t.Errorf("the earliest segment has gone: rtt %d, weight %d", rtt, weight)
	}
	if _, weight := pool.ack(&b, 3, 2); weight != 0 {
		t.Error("time that goes back gives a round-trip time")
	}
}
