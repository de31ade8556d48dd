package output

// Replace makes the queue send to another far end. What waits goes there, too, and
// so does what was being sent if the far end of before has not taken it. Any
// goroutine may call it.
func (q *Queue) Replace(r Remote) {
	q.instead.Store(&r)
	nudge(q.some)
	nudge(q.hurry)
}

// turn makes the sender use the far end that is to be used from now on.
func (s *sender) turn() {
	r := s.q.instead.Swap(nil)
	if r == nil {
		return
	}
	s.disconnect()
	s.q.remote = *r
	s.pause = s.q.opt.FirstRetry
}
