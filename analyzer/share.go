package analyzer

import (
	"math/bits"

	"mmt/dataplane"
)

// Share says which packets of a burst each worker analyses. Workers that share the
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

	// Deal fills these.
	packets [dataplane.BurstSize]dataplane.Packet // those of each worker together
	places  [dataplane.BurstSize]uint8            // of each of them in the burst
	ends    [MaxWorkers]uint8                     // in packets, of those of each worker
	latest  int64                                 // time of the latest packet, ns
	ordered bool                                  // no packet is older than one before it in the stream
}

// Deal puts the packets of each worker together, so that none has to look at those
// of others. Call it when To is known. since is the latest time of a packet in the
// stream before, ns; that with this burst is returned.
func (s *Share) Deal(b *dataplane.Burst, workers int, since int64) (latest int64) {
	packets := b.Packets[:b.N]
	var next [MaxWorkers + 1]uint8
	last, ordered := since, true
	for i := range packets {
		next[s.To[i]]++
		ordered = ordered && packets[i].Time >= last
		last = packets[i].Time
	}
	at := uint8(0)
	for i := range workers {
		at, next[i] = at+next[i], at
		s.ends[i] = at
	}
	for i := range packets {
		if to := s.To[i]; to != Nobody {
			s.packets[next[to]], s.places[next[to]] = packets[i], uint8(i)
			next[to]++
		}
	}
	s.latest, s.ordered = latestOf(packets), ordered
	return max(since, s.latest)
}

// portion is packets of a burst that a worker has still to analyse, and their places
// in the burst.
type portion struct {
	packets []dataplane.Packet
	places  []uint8
}

// of returns the packets of a worker.
func (s *Share) of(worker uint8) portion {
	from := uint8(0)
	if worker > 0 {
		from = s.ends[worker-1]
	}
	return portion{s.packets[from:s.ends[worker]], s.places[from:s.ends[worker]]}
}

func latestOf(packets []dataplane.Packet) (latest int64) {
	for i := range packets {
		latest = max(latest, packets[i].Time)
	}
	return latest
}

// inOrder are the places of the packets of who gets all.
var inOrder = func() (places [dataplane.BurstSize]uint8) {
	for i := range places {
		places[i] = uint8(i)
	}
	return places
}()

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
	packets := b.Packets[:b.N]
	w.all.First, w.all.latest, w.all.ordered = w.handler.Packets()+1, latestOf(packets), true
	w.burst(packets, &w.all, portion{packets, inOrder[:b.N]})
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
	w.burst(b.Packets[:b.N], s, s.of(w.me))
	return int(w.totals.Packets - before)
}

// burst analyses those packets of a burst that are the worker's own.
func (w *Worker) burst(packets []dataplane.Packet, s *Share, mine portion) {
	w.handler.Warm(mine.packets)
	for at := 0; at < len(packets); {
		if w.next == 0 {
			w.begin(packets[at].Time)
		}
		end := w.run(packets, s, &mine, at)
		last, number := packets[end-1].Time, s.First+uint64(end)-1
		if last >= w.next {
			w.period(last, number)
		}
		if last >= w.queries.due() {
			w.queries.end(last, number, false)
		}
		at = end
	}
	w.totals.Last = max(w.totals.Last, s.latest)
	w.endBurst(s.First+uint64(max(len(packets), 1))-1, w.totals.Last)
}

// run takes packets from at on up to the first that moves a clock, which ends
// the sessions whose time is over by then, and returns where to go on.
func (w *Worker) run(packets []dataplane.Packet, s *Share, mine *portion, at int) (end int) {
	end = len(packets)
	if due := min(w.clock, w.next, w.queries.due()); s.latest >= due {
		for end = at; end < len(packets) && packets[end].Time < due; end++ {
		}
		end = min(end+1, len(packets)) // the packet that ends a period belongs to it
	}
	w.pass(packets, s, mine, at, end)
	if t := packets[end-1].Time; t >= w.clock {
		w.advance(t, s.First+uint64(end)-1)
	}
	return end
}

// pass takes packets from at to end. Heralds of other workers are listened to.
func (w *Worker) pass(packets []dataplane.Packet, s *Share, mine *portion, at, end int) {
	for stops := s.stops() >> at << at; stops != 0; stops &= stops - 1 {
		place := bits.TrailingZeros64(stops)
		if place >= end {
			break
		}
		if s.To[place] == w.me {
			continue
		}
		w.analyse(s, mine, place)
		w.table.See(packets[place].Time)
		if s.Heralds>>place&1 != 0 && w.listener != nil {
			w.listener.listen(packets[place:place+1], s.First+uint64(place))
		}
	}
	w.analyse(s, mine, end)
	w.table.See(packets[end-1].Time)
}

// stops has a bit for each packet that may matter to workers that it is not for:
// the heralds, and all where time goes back.
func (s *Share) stops() uint64 {
	if s.ordered {
		return s.Heralds
	}
	return ^uint64(0)
}

// analyse analyses the worker's packets that come next, up to a place in the burst.
func (w *Worker) analyse(s *Share, mine *portion, end int) {
	n := 0
	for n < len(mine.places) && int(mine.places[n]) < end {
		n++
	}
	if n > 0 {
		w.handler.ProcessAt(s.First, mine.places[:n], mine.packets[:n])
		w.account(mine.packets[:n])
		mine.packets, mine.places = mine.packets[n:], mine.places[n:]
	}
}
