package output

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Detached is a Channel of this machine behind a Queue of its own, so that who
// writes reports waits neither for a disk that stands still nor for a pipe that
// nobody reads. What the Queue has no room for is lost and counted.
type Detached struct {
	*Queue
	near nearEnd
}

// nearEnd is the Remote that hands lines to a Channel. A call that does not come
// back holds nobody but the goroutine that sends.
type nearEnd struct{ ch Channel }

// Open implements Remote.
func (nearEnd) Open(context.Context) error { return nil }

// Send implements Remote.
func (n nearEnd) Send(_ context.Context, b *Batch) (int, error) {
	return n.ch.Write(b, time.Now().UnixNano())
}

// Close implements Remote: the channel is closed once, by Detached.Close.
func (nearEnd) Close() error { return nil }

// flush implements flusher.
func (n nearEnd) flush(now int64) error { return n.ch.Flush(now) }

// Detach starts a Queue before a channel: that of one thread, or one that all
// threads share. o needs no name; nothing is kept in a folder.
func Detach(ch Channel, o QueueOptions) *Detached {
	o.Name, o.SpillDir = ch.Name(), ""
	d := &Detached{near: nearEnd{ch}}
	d.Queue = newQueue(d.near, o)
	d.start()
	return d
}

// Stats returns the figures of the channel. Anyone may ask.
func (d *Detached) Stats() Stats {
	s := d.Queue.Stats()
	lost := min(d.near.ch.Lost(), s.Written)
	s.Written -= lost
	s.Lost += lost
	s.Losses[LostDamaged] += lost
	return s
}

// Close writes what waits, for no longer than patience, and closes the channel in
// the same time again. All Writers must be closed.
func (d *Detached) Close(patience time.Duration) error {
	err := d.Queue.Close(patience)
	select {
	case <-d.sent:
	default:
		return err // the channel is in a call that does not end
	}
	return errors.Join(err, d.within(patience+closeGrace, func() error {
		return errors.Join(d.near.ch.Flush(time.Now().UnixNano()), d.near.ch.Close())
	}))
}

// within calls f, and returns an error if it takes longer than patience.
func (d *Detached) within(patience time.Duration, f func() error) error {
	done := make(chan error, 1)
	go func() { done <- f() }()
	select {
	case err := <-done:
		if err != nil {
			err = fmt.Errorf("output channel %s: %w", d.opt.Name, err)
		}
		return err
	case <-time.After(patience):
		return fmt.Errorf("output channel %s: cannot be closed: it stands still", d.opt.Name)
	}
}
