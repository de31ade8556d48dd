package ring

import "sync/atomic"

// Waker lets a reader that has waited for long (Backoff.Tired) sleep without
// looking up, until a producer wakes it. Waking one that does not sleep costs an
// addition. Make it with NewWaker; one goroutine may sleep, any number may wake it.
type Waker struct {
	news   atomic.Uint64 // calls of Wake
	asleep atomic.Bool
	wake   chan struct{}
}

// NewWaker makes a Waker.
func NewWaker() *Waker { return &Waker{wake: make(chan struct{}, 1)} }

// News returns how often Wake has been called. Who is going to sleep asks for it
// before the last look at what there is to do.
func (w *Waker) News() uint64 { return w.news.Load() }

// Sleep returns when Wake has been called since News returned seen.
func (w *Waker) Sleep(seen uint64) {
	w.asleep.Store(true)
	if w.news.Load() != seen && w.asleep.CompareAndSwap(true, false) {
		return
	}
	<-w.wake
}

// Wake ends a Sleep, if there is one. What there is to do must be visible before.
func (w *Waker) Wake() {
	w.news.Add(1)
	if w.asleep.Load() && w.asleep.CompareAndSwap(true, false) {
		w.wake <- struct{}{}
	}
}
