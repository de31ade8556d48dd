package rule

import "mmt/analyzer/dpi"

// Outcome is the result of verifying a property.
type Outcome uint8

// The outcomes that reports tell.
const (
	Detected     Outcome = iota // attack or evasion seen
	Respected                   // test passed
	NotRespected                // security or test property violated
)

var outcomeNames = [...]string{"detected", "respected", "not_respected"}

// String returns the outcome as reports write it.
func (o Outcome) String() string { return outcomeNames[o] }

// Verdict tells that a property was respected, violated or detected. It and all
// that it holds are valid only during the call that hands it over.
type Verdict struct {
	Rule    *Rule
	Outcome Outcome
	Time    int64  // of the packet that brought it, ns since 1970
	Counter uint64 // number of that packet
	Flow    uint64 // its session, 0 if none
	History []Occurrence
}

// Occurrence is an event of a verdict's history.
type Occurrence struct {
	Event   int    // from 1
	Time    int64  // of its packet, ns since 1970, whole microseconds
	Counter uint64 // number of its packet
	// Values are the event's Needs, in that order. Numbers are in N; addresses
	// and everything else are bytes in B.
	Values []dpi.Value
}
