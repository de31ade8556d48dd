package analyzer

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/dump"
	"mmt/analyzer/session"
)

// Channels is a set of output channels; only whoever takes the lines knows
// what its bits mean. No bit means that the report is not wanted.
type Channels uint16

// Output takes the lines of reports.
type Output interface {
	// Report copies a line, without line end, for the given channels.
	Report(to Channels, line []byte)
	// Tick tells the packet time, ns.
	Tick(now int64)
}

// Options of a Worker. Times are in nanoseconds.
type Options struct {
	Thread      uint32 // number of the worker, from 0, also in reports
	StatsPeriod int64  // between two reports of a session

	Sessions      Channels // report 100
	NoSession     Channels // report 99
	Fragmentation Channels // report 101
	Behaviour     Channels // report 101 of the block behaviour
	Export        Channels // sessions as records of IPFIX
	UserAgents    UserAgents
	MicroFlows    MicroFlows
	RADIUS        RADIUS
	LTE           Channels // reports 400 and 401
	FTP, HTTP     bool     // application formats of report 100
	RTP, TLS, GTP bool
	Streams       bool // formats of video in place of HTTP
	DNS           bool // transactions, in EVE

	Defragment bool // put IP fragments together before the transport is dissected

	Events  []Event // report 1000
	Queries []Query // report 999

	Verifier *Verifier // report 10; nil: no properties are verified
	Bypass   *Bypass   // shared by all workers; nil: all packets are analysed

	Files    *Reconstruction // shared by all workers; nil: no files are written
	Dump     *DumpPackets    // likewise
	Evidence *dump.Evidence  // likewise; the packets around verdicts

	Forms  Forms   // of the lines
	Output Output  // not used with Merger
	Merger *Merger // of workers that share a stream; nil: the worker is alone

	Dissection dpi.Options
	Table      session.Config // what it calls is the worker's
}
