package probe

import (
	"io"
	"log/slog"
	"path/filepath"
	"sync/atomic"
	"time"

	"mmt/analyzer"
	"mmt/analyzer/dpi"
	"mmt/analyzer/session"
	"mmt/config"
	"mmt/dataplane"
	"mmt/logs"
)

// Run is one run of the probe.
type Run struct {
	Config   *config.Config
	Log      *slog.Logger
	LogCount func() logs.Counts // what came of its messages; nil: nobody counts
	Stdout   io.Writer          // of the channel stdout
	Progress io.Writer          // nil: no progress is shown
	Stats    io.Writer          // gets a line of figures each stats-period; nil: none

	settingsFile string                   // of manual section 3.3, "": where that says
	book         atomic.Pointer[ruleBook] // nil while no rules are verified
	monitor      *monitor                 // nil: nobody looks
	sieve        *sieve                   // nil: no prefilter
	pushed       *pushed                  // nil: the prefilter knows nothing of rules
	bypass       *bypass                  // nil: all packets are analysed
	attributes   attributeReports

	newSources   func() ([]dataplane.Source, error) // nil: those of the configuration
	restartPause time.Duration                      // before the first restart after a crash, 0: firstPause
}

// Result is what a run has done.
type Result struct {
	Received  uint64           // packets that the source handed out
	Filtered  uint64           // packets that input.pcap-filter left out
	Dropped   uint64           // packets that came while the probe had no room for them
	TooLong   uint64           // of these, packets that are too long for the capture
	Queued    uint64           // packets received that the queue of a thread had no room for
	Crashed   uint64           // packets received that were not analysed because of a crash
	Prefilter *PrefilterResult // nil: there was none
	Totals    analyzer.Totals
	Written   uint64 // report lines that reached a channel
	Lost      uint64 // report lines that no channel took
	Kept      uint64 // report lines that wait on disk for the next run
	Elapsed   time.Duration
	Protocols []ProtocolCount // by packets, most first
	OutputDir string          // "" without file output
	Security  *SecurityResult // nil: no properties were verified
	Saved     SavedResult
}

// defragments tells whether IP fragments are put together: where the
// configuration says nothing, properties want it, or else fragments would hide
// from them what they carry.
func defragments(c *config.Config) bool {
	said := c.Where("enable-ip-defragmentation") != config.Pos{}
	return c.EnableIPDefragmentation || c.Security.Enable && !said
}

// workerOptions turns the configuration into the options of the worker.
func (r *Run) workerOptions(out *outputs, services dpi.Services) analyzer.Options {
	c := r.Config
	to := c.SessionReport.OutputChannel
	return analyzer.Options{
		StatsPeriod:   int64(c.StatsPeriod),
		Sessions:      channels(c.SessionReport.Enable, to),
		NoSession:     everywhere(c.EnableProtoWithoutSessionReport, to),
		Fragmentation: everywhere(c.EnableIPFragmentationReport, to),
		Behaviour:     behaviour(&c.Behaviour),
		Export:        export(&c.IPFIXOutput),
		UserAgents:    userAgents(c),
		MicroFlows:    microFlows(&c.MicroFlows),
		RADIUS: analyzer.RADIUS{
			Output: channels(c.RadiusReport.Enable, c.RadiusReport.OutputChannel), Code: uint8(c.RadiusReport.MessageID),
		},
		LTE: channels(c.SessionReport.Enable && c.SessionReport.GTP, to),
		FTP: c.SessionReport.FTP, HTTP: c.SessionReport.HTTP, RTP: c.SessionReport.RTP,
		TLS: c.SessionReport.SSL, GTP: c.SessionReport.GTP,
		Streams:    c.SessionReport.Stream,
		DNS:        c.SessionReport.DNS,
		Defragment: defragments(c),
		Bypass:     r.bypass.shared(),
		Events:     r.attributes.events, Queries: r.attributes.queries,
		Forms: out.forms,
		Dissection: dpi.Options{
			Encapsulation: encapsulation(c.Security.IPEncapsulationIndex), Services: services, ProbeID: c.ProbeID,
		},
		Table: session.Config{
			Timeouts:   timeouts(&c.SessionTimeout),
			RTT:        rttBases[c.SessionReport.RTTBase],
			Reassembly: c.EnableTCPReassembly,
		},
	}
}

// encapsulation turns ip-encapsulation-index into the library's choice.
func encapsulation(i config.IPIndex) dpi.Encapsulation {
	if i == config.IPLast {
		return dpi.Last
	}
	return dpi.Encapsulation(i)
}

func timeouts(t *config.SessionTimeout) (seconds [4]int64) {
	for kind, d := range map[session.Timeout]time.Duration{
		session.DefaultTimeout: t.Default, session.ShortTimeout: t.Short,
		session.LongTimeout: t.Long, session.LiveTimeout: t.Live,
	} {
		seconds[kind] = int64(d / time.Second)
	}
	return seconds
}

// result gathers the figures of a crew that is done.
func (r *Run) result(begin time.Time, c *crew) *Result {
	res := c.result(begin)
	res.Prefilter = r.sieve.result()
	if r.Config.FileOutput.Enable {
		res.OutputDir = r.Config.FileOutput.OutputDir
		if dir, err := filepath.Abs(res.OutputDir); err == nil {
			res.OutputDir = dir
		}
	}
	return res
}

// rttBases are the choices of session-report.rtt-base.
var rttBases = map[config.RTTBase]session.RTTBase{
	config.RTTCaptor: session.Captor, config.RTTSender: session.Sender, config.RTTPreferSender: session.PreferSender,
}
