package dataplane

// Live is a Source that gives packets as they come, until it is stopped. At any
// time, what it has seen is what it has handed out, filtered, dropped, or what
// is waiting; after Close nothing is waiting.
type Live interface {
	Source
	// Stop lets no more packets in: Receive hands out what has come so far and
	// then returns io.EOF. It may be called from any goroutine.
	Stop()
	// Counters may be called from any goroutine.
	Counters() Counters
	// Describe says in one line what is captured, and how.
	Describe() string
}

// Counters tell more of a live source than Stats.
type Counters struct {
	Seen    uint64 // packets that came for the source
	Waiting uint64 // of these, not yet handed out
	Downs   uint64 // times that the interface went down or away
	// Prefiltered packets were kept away by a prefilter in front of the source
	// (rules, sampling, bypassed flows). They are not in Seen. Of several sources
	// of an interface, the first counts them.
	Prefiltered uint64
	Missed      uint64 // packets that the NIC itself lost meanwhile, where it tells; not in Seen, and the same for all sources of an interface
}
