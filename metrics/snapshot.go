package metrics

// Source is what has figures to show.
type Source interface {
	// Snapshot puts the figures of one moment into s, which holds those of an
	// earlier one: its slices may be used again. One goroutine calls it at a time.
	Snapshot(s *Snapshot)
}

// Snapshot is the figures of a probe at one moment. Counters begin at 0 with the
// run.
type Snapshot struct {
	Version string

	Packets  Packets
	Drops    []Drop
	Rings    []Ring
	Downs    uint64 // times that the interface went down or away
	Workers  []Worker
	Sessions Sessions

	Protocols []Protocol // only those that were seen
	Security  Security
	Verdicts  []Verdict // only rules that gave some
	Reports   uint64    // lines handed to the outputs
	Channels  []Channel
	Log       Log
	Restarts  []Restart // of the processing, by reason

	QueryRefused   uint64 // packets without room among the groups of query reports
	Reconstruction Reconstruction
	Dump           Dump
	Evidence       Evidence
}

// Packets counts packets on their way. Received = Analyzed + all Drops.
type Packets struct {
	Received      uint64 // that have got to an analyzer or were dropped before
	Analyzed      uint64
	AnalyzedBytes uint64 // on the wire
	NoSession     uint64 // analysed, of no session
	GivenUp       uint64 // analysed as far as a dissector that failed
}

// Drop counts packets that were not analysed.
type Drop struct {
	Stage  string // nic, prefilter, capture, ring, worker
	Reason string
	// Packets that got this far and no further.
	Packets uint64
}

// Ring is a queue of packets.
type Ring struct {
	Name     string
	Depth    uint64 // packets that wait
	Capacity uint64 // packets at most; 0: not counted in packets
}

// Worker is an analysing thread.
type Worker struct {
	Name       string
	Packets    uint64
	CPUSeconds float64
	HasCPU     bool // CPUSeconds is known
}

// Sessions counts the sessions of all workers.
type Sessions struct {
	Active, Limit             uint64
	Created, Expired, Evicted uint64
	Reopened                  uint64 // ended by a new connection of the same ends
	Bypassed                  uint64 // now counted by the prefilter
	BypassRefused             uint64 // found no place there
}

// Protocol counts the packets that have a protocol in any layer.
type Protocol struct {
	Name           string
	Packets, Bytes uint64
}

// Security counts what the verification of properties does.
type Security struct {
	Enabled                    bool // the rest holds
	Rules, Instances           uint64
	Refused, NoMemory, GivenUp uint64 // instances
	Lost                       uint64 // packets not verified
	Truncated                  uint64 // attribute values not verified
	Failures                   uint64 // of functions and attributes
}

// Verdict counts the verdicts of a rule with one outcome.
type Verdict struct {
	Rule    uint32
	Outcome string
	Count   uint64
}

// Channel is an output channel, of all threads together; in lines.
type Channel struct {
	Name             string
	Written, Pending uint64
	Spilled          uint64 // of Pending, on disk
	SpilledBytes     uint64 // that these take there
	DamagedFiles     uint64 // on disk, that could not be read to their end
	Failing          bool
	Lost             []Lost
}

// Log counts the messages of the execution log.
type Log struct {
	Written, Held, Lost uint64 // Held: repeats
}

// Lost counts the lines that a channel lost for one reason.
type Lost struct {
	Reason string
	Lines  uint64
}

// Reconstruction counts the files of what sessions carry.
type Reconstruction struct {
	Enabled      bool // the rest holds
	Files, Bytes uint64
	Bombs        uint64 // bodies left packed: they would become too large
	Refused      uint64 // files that a limit or the disk left out
	Lost         uint64 // pieces of files that had no room on their way
}

// Dump counts the packets of protocols that are written to trace files.
type Dump struct {
	Enabled              bool // the rest holds
	Files, Packets, Lost uint64
}

// Evidence counts the packets around verdicts that are written to trace files.
type Evidence struct {
	Enabled              bool // the rest holds
	Files, Packets, Lost uint64
	Joined               uint64 // verdicts noted in the file of another
	Missed               uint64 // verdicts too late for their packets
	Refused              uint64 // verdicts without file: too many at a time
}

// Dropped is the sum of all Drops.
func (s *Snapshot) Dropped() (n uint64) {
	for i := range s.Drops {
		n += s.Drops[i].Packets
	}
	return n
}

// Reset empties s and keeps its memory.
func (s *Snapshot) Reset() {
	*s = Snapshot{
		Drops: s.Drops[:0], Rings: s.Rings[:0], Workers: s.Workers[:0], Protocols: s.Protocols[:0],
		Verdicts: s.Verdicts[:0], Channels: s.Channels[:0],
	}
}
