package analyzer

import "mmt/dataplane"

// Share says which packets of a burst a worker analyses. Workers that share the
// packets of a stream get all its bursts, in the same order: the times of the
// packets of others move their clocks, so that they all report at the same
// packets.
type Share struct {
	First   uint64                     // number of the burst's first packet in the stream
	To      [dataplane.BurstSize]uint8 // the worker (Options.Thread) of each packet
	Heralds uint64                     // bit i: packet i tells of sessions of any worker
	// Idle is the time on the wall, ns since 1970, of a burst without packets,
	// which takes one number; 0: nothing happens.
	Idle int64
}

// Nobody is the worker of packets that are lost before any worker gets them.
const Nobody = 255

// MaxWorkers is how many workers can share a stream.
const MaxWorkers = Nobody

// Last returns the number of the last packet of a burst.
func (s *Share) Last(b *dataplane.Burst) uint64 {
	if b.N == 0 {
		return s.First
	}
	return s.First + uint64(b.N) - 1
}

// Process analyses all packets of a burst.
func (w *Worker) Process(b *dataplane.Burst) {
	w.all.First = w.handler.Packets() + 1
	w.ProcessShare(b, &w.all)
}

// ProcessShare analyses the worker's share of a burst and returns how many packets
// it was. Timers move with packet time, once a second of it; a stats-period ends
// with the first packet at or after its end.
func (w *Worker) ProcessShare(b *dataplane.Burst, s *Share) int {
	if s.Idle != 0 {
		w.idle(s.Idle, s.First)
		return 0
	}
	before := w.totals.Packets
	packets := b.Packets[:b.N]
	w.warm(packets, s)
	for at := 0; at < len(packets); {
		if w.next == 0 {
			w.begin(packets[at].Time)
		}
		end := w.run(packets, s, at)
		last, number := packets[end-1].Time, s.First+uint64(end)-1
		if last >= w.next {
			w.period(last, number)
		}
		if last >= w.queries.due() {
			w.queries.end(last, number, false)
		}
		at = end
	}
	w.endBurst(s.Last(b), w.totals.Last)
	return int(w.totals.Packets - before)
}

// run takes packets from at on up to the first that moves a clock, which ends
// the sessions whose time is over by then, and returns where to go on.
func (w *Worker) run(packets []dataplane.Packet, s *Share, at int) (end int) {
	end = at
	due := min(w.clock, w.next, w.queries.due())
	for end < len(packets) && packets[end].Time < due {
		end++
	}
	if end < len(packets) {
		end++ // the packet that ends a period belongs to it
	}
	w.pass(packets, s, at, end)
	if t := packets[end-1].Time; t >= w.clock {
		w.advance(t, s.First+uint64(end)-1)
	}
	return end
}

// pass takes packets from at to end. The heralds of other workers are listened to.
func (w *Worker) pass(packets []dataplane.Packet, s *Share, at, end int) {
	for at < end {
		next := end
		if w.listener != nil {
			if s.Heralds>>at&1 != 0 && s.To[at] != w.me {
				w.listener.listen(packets[at:at+1], s.First+uint64(at))
			}
			next = s.herald(at+1, end)
		}
		w.analyse(packets, s, at, next)
		at = next
	}
}

// analyse analyses the worker's packets from at to end, and looks at the time of
// the others.
func (w *Worker) analyse(packets []dataplane.Packet, s *Share, at, end int) {
	for at < end {
		mine := w.mine(s, at, end)
		if mine > at {
			w.handler.ProcessAt(s.First+uint64(at), packets[at:mine])
			w.account(packets[at:mine])
		}
		for at = mine; at < end && s.To[at] != w.me; at++ {
			w.table.See(packets[at].Time)
			w.totals.Last = max(w.totals.Last, packets[at].Time)
		}
	}
}

// mine returns where the worker's packets from at on end.
func (w *Worker) mine(s *Share, at, end int) int {
	for at < end && s.To[at] == w.me {
		at++
	}
	return at
}

// warm loads the packets that the worker is about to analyse.
func (w *Worker) warm(packets []dataplane.Packet, s *Share) {
	for at := 0; at < len(packets); at++ {
		end := w.mine(s, at, len(packets))
		w.handler.Warm(packets[at:end])
		at = end
	}
}
