package output

import (
	"slices"
	"testing"
	"time"
)

// TestReplace: what waits for a far end that is gone goes to the one that takes its
// place, at once.
func TestReplace(t *testing.T) {
	gone, there := &fakeRemote{down: true}, &fakeRemote{}
	q, err := NewQueue(gone, QueueOptions{Name: "fake", FirstRetry: time.Hour, LongestRetry: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	putLines(q, 0, 2)
	eventually(t, "a failure", func() bool { return q.Stats().Failing })
	q.Replace(there)
	eventually(t, "the lines", func() bool { return slices.Equal(there.received(), []string{"line 0", "line 1"}) })
	if err := q.Close(longTime); err != nil {
		t.Error(err)
	}
	checkQueue(t, q, 2, 0, Losses{})
}
