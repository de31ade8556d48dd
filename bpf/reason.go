package bpf

import "iter"

// Reason tells what became of a packet and why.
type Reason uint8

// The reasons. Up to PassFlowEvent the packet passes.
const (
	Pass           = Reason(prefilterReasonPASS)             // nothing speaks against it
	PassNonIP      = Reason(prefilterReasonPASS_NON_IP)      // neither IPv4 nor IPv6: rules do not apply
	PassDamaged    = Reason(prefilterReasonPASS_DAMAGED)     // headers damaged or too many: rules cannot be applied
	PassUndecided  = Reason(prefilterReasonPASS_UNDECIDED)   // fragment or cut header: port rules, sampling and bypass cannot be applied
	PassFlowEvent  = Reason(prefilterReasonPASS_FLOW_EVENT)  // SYN, FIN or RST of a bypassed flow
	DropProtocol   = Reason(prefilterReasonDROP_PROTOCOL)    // a rule denies the protocol
	DropPrefix     = Reason(prefilterReasonDROP_PREFIX)      // a rule denies an address
	DropPort       = Reason(prefilterReasonDROP_PORT)        // a rule denies a port
	DropNotAllowed = Reason(prefilterReasonDROP_NOT_ALLOWED) // there are rules that allow, and none allows it
	DropSampled    = Reason(prefilterReasonDROP_SAMPLED)     // its flow is not the one of n that is kept
	DropNonIP      = Reason(prefilterReasonDROP_NON_IP)      // neither IPv4 nor IPv6, which the rules do not want
	DropTooLong    = Reason(prefilterReasonDROP_TOO_LONG)    // longer than Options.MaxFrame; in the kernel only
	DropUnwanted   = Reason(prefilterReasonDROP_UNWANTED)    // Rules.Wanted is set and does not match it
	Bypassed       = Reason(prefilterReasonBYPASSED)         // counted for its flow, which needs no more looking at

	// Reasons is how many there are.
	Reasons = int(prefilterReasonREASONS)
)

// reasonNames are the words for metrics and reports.
var reasonNames = [Reasons]string{
	Pass: "pass", PassNonIP: "pass-non-ip", PassDamaged: "pass-damaged", PassUndecided: "pass-undecided",
	PassFlowEvent: "pass-flow-event", DropProtocol: "drop-protocol", DropPrefix: "drop-prefix", DropPort: "drop-port",
	DropNotAllowed: "drop-not-allowed", DropSampled: "drop-sampled", DropNonIP: "drop-non-ip",
	DropTooLong: "drop-too-long", DropUnwanted: "drop-unwanted", Bypassed: "bypassed",
}

func (r Reason) String() string {
	if int(r) >= Reasons {
		return "unknown"
	}
	return reasonNames[r]
}

// Passes tells whether user space gets the packet.
func (r Reason) Passes() bool { return r <= PassFlowEvent }

// Count is a number of packets and of bytes in whole frames.
type Count struct{ Packets, Bytes uint64 }

// Add counts packets together.
func (c *Count) Add(d Count) {
	c.Packets += d.Packets
	c.Bytes += d.Bytes
}

// Counters are all packets seen, each under one reason.
type Counters struct {
	ByReason [Reasons]Count
	// Unclaimed packets passed but found no socket at their queue, so that they
	// went on to the host. They are counted under their reason as well.
	Unclaimed Count
}

// Seen returns the packets of all reasons.
func (c *Counters) Seen() (sum Count) {
	for _, n := range c.ByReason {
		sum.Add(n)
	}
	return sum
}

// Passed returns the packets that user space gets, or the host if unclaimed.
func (c *Counters) Passed() (sum Count) {
	for r, n := range c.All() {
		if r.Passes() {
			sum.Add(n)
		}
	}
	return sum
}

// All goes through the reasons that have been counted.
func (c *Counters) All() iter.Seq2[Reason, Count] {
	return func(yield func(Reason, Count) bool) {
		for r, n := range c.ByReason {
			if n.Packets > 0 && !yield(Reason(r), n) {
				return
			}
		}
	}
}
