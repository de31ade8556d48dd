package afxdp

import (
	"fmt"
)

// check is called by a queue that has had no packets for a while: it tells when
// the interface is down, and opens what has failed anew.
func (d *Device) check(q *queue) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.stopped.Load() || q.closed {
		return
	}
	if q.sock != nil && q.sock.failed() != nil {
		d.lose(q)
	}
	if q.sock == nil && d.reopen(q) != nil {
		return // it is tried again
	}
	if d.away && d.complete() {
		d.away = false
	}
	if up, err := d.card.isUp(); err == nil && !d.away {
		d.tell(up, "is down")
	}
}

// lose gives up a socket whose interface was removed.
func (d *Device) lose(q *queue) {
	d.away = true
	d.tell(false, "was removed")
	// Whether the old socket closes well is of no use to anybody any more.
	_ = q.setSocket(nil)
}

// tell has OnState told what is new.
func (d *Device) tell(up bool, why string) {
	switch {
	case up && d.state != "":
		d.state = ""
		d.opts.OnState(nil)
	case !up && d.state != why:
		if d.state == "" {
			d.downs.Add(1)
		}
		d.state = why
		d.opts.OnState(fmt.Errorf("%s %s", d.opts.Interface, why))
	}
}

// reopen attaches the prefilter again if its interface was removed, and opens
// the socket of a queue.
func (d *Device) reopen(q *queue) error {
	if !d.att.Alive() {
		if err := d.attach(); err != nil {
			return err
		}
	}
	return d.connect(q)
}

// complete tells whether all queues that are not closed have sockets.
func (d *Device) complete() bool {
	for _, q := range d.queues {
		if q.sock == nil && !q.closed {
			return false
		}
	}
	return true
}
