package ring

import "sync/atomic"

// Waker lets a reader that has waited for long (Backoff.Tired) sleep without
// looking up, until a producer wakes it. Waking one that does not sleep costs a
// load. Make it with NewWaker; one goroutine may sleep, any number may wake it.
type Waker struct {
	asleep atomic.Bool
	wake   chan struct{}
}

// NewWaker makes a Waker.
func NewWaker() *Waker { return &Waker{wake: make(chan struct{}, 1)} }

// Sleep returns when Wake is called, or at once if ready is true already. What
// makes ready true must be published before Wake is called.
func (w *Waker) Sleep(ready func() bool) {
	w.asleep.Store(true)
	if ready() && w.asleep.CompareAndSwap(true, false) {
		return
	}
	<-w.wake
}

// Wake ends a Sleep, if there is one.
func (w *Waker) Wake() {
	if w.asleep.Load() && w.asleep.CompareAndSwap(true, false) {
		w.wake <- struct{}{}
	}
}
