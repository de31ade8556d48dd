package afxdp

import "testing"

// TestSpread: packets that wait together have times a microsecond apart that end at
// the time of the look, as far as they lie behind those before; what is taken in
// several bursts goes on where the one before has ended.
func TestSpread(t *testing.T) {
	for _, c := range []struct {
		last, now   int64
		n           int
		first, step int64
	}{
		{0, 1e9, 1, 1e9, 1000},
		{0, 1e9, 64, 1e9 - 63e3, 1000},
		{1e9 - 6400, 1e9, 64, 1e9 - 6300, 100},
		{1e9, 1e9, 64, 1e9, 0},
		{1e9 + 5, 1e9, 3, 1e9, 0}, // the clock was set back
	} {
		if first, step := spread(c.last, c.now, c.n); first != c.first || step != c.step {
			t.Errorf("%d packets from %d to %d: %d and %d apart, want %d and %d", c.n, c.last, c.now, first, step, c.first, c.step)
		}
	}
	last, now := int64(0), int64(1e9)
	for waiting := 1000; waiting > 0; waiting -= 50 {
		first, step := spread(last, now, waiting)
		if last != 0 && first-last < 1000 {
			t.Fatalf("%d wait, and the next comes %d ns after the last", waiting, first-last)
		}
		last, now = first+49*step, now+1
	}
}
