package probe

import (
	"fmt"
	"net/netip"
	"sync/atomic"

	"mmt/analyzer"
	"mmt/analyzer/dpi"
	"mmt/analyzer/security/rule"
	"mmt/bpf"
	"mmt/rulecomp/pushdown"
)

// bypass puts sessions that need no more looking at where the prefilter only
// counts their packets (prefilter.bypass). nil: all packets are analysed.
type bypass struct {
	sessions *analyzer.Bypass
	options  pushdown.Options
	plan     atomic.Pointer[pushdown.Plan] // of the rules; nil: there are none
}

// openBypass starts the bypass if the configuration asks for it and the kernel
// has the prefilter; otherwise it tells the log why not.
func (r *Run) openBypass(reg *dpi.Registry, book *ruleBook) {
	c := &r.Config.Prefilter
	if !c.Bypass {
		return
	}
	flows, why := r.bypassedFlows()
	if why != "" {
		r.Log.Warn(fmt.Sprintf("%s: prefilter.bypass has no effect: %s", r.Config.Where("prefilter.bypass"), why))
		return
	}
	b := &bypass{options: pushdown.Options{Registry: reg, IgnoreFlow: r.Config.Security.IgnoreRemainFlow}}
	o := analyzer.BypassOptions{Packets: uint64(c.BypassPackets), Failed: func(err error) {
		r.Log.Warn(fmt.Sprintf("prefilter.bypass: %v", err))
	}}
	if r.Config.Security.Enable {
		o.Needed = b.needed
		b.narrow(book.without(book.edition.Rules, nil))
	}
	b.sessions = analyzer.NewBypass(flows, o)
	r.bypass, book.bypass = b, b
	r.Log.Info(fmt.Sprintf("prefilter.bypass: up to %d sessions at a time are counted by the kernel; their round-trip times and retransmissions are not measured meanwhile", flows.Len()))
}

// bypassedFlows returns where the kernel counts packets, or why that does not
// give what analysis would.
func (r *Run) bypassedFlows() (flows analyzer.BypassedFlows, why string) {
	switch s := r.sieve; {
	case s == nil:
		return nil, "prefilter.enable is off"
	case s.kernel == nil:
		return nil, "the prefilter is in user space, where a session that nobody looks into costs little"
	case len(r.attributes.events)+len(r.attributes.queries) > 0:
		return nil, "event-report and query-report ask for all packets"
	case r.Config.DumpPcap.Enable || r.Config.AlertPcap.Enable:
		return nil, "dump-pcap and alert-pcap ask for all packets"
	case r.Config.Input.PcapFilter != "":
		return nil, "the kernel would count packets that input.pcap-filter leaves out"
	}
	if flows = flowsOf(r.sieve.kernel); flows == nil {
		return nil, "this prefilter counts no sessions"
	}
	return flows, ""
}

// shared is what the workers get.
func (b *bypass) shared() *analyzer.Bypass {
	if b == nil {
		return nil
	}
	return b.sessions
}

// closeBypass ends it after the workers.
func (r *Run) closeBypass() {
	if r.bypass != nil {
		r.bypass.sessions.Close()
	}
}

// needed tells whether a rule can match further packets of a flow.
func (b *bypass) needed(f *dpi.Flow) bool {
	return b.plan.Load().Needs(bpf.Flow{A: endOf(f, 0), B: endOf(f, 1), Protocol: f.L4})
}

func endOf(f *dpi.Flow, i int) netip.AddrPort {
	return netip.AddrPortFrom(netip.AddrFrom16(f.Addr[i]).Unmap(), f.Port[i])
}

// widen keeps sessions that rules to come need; workers recall those that are
// bypassed when they begin to verify by the rules.
func (b *bypass) widen(before, next []*rule.Rule) {
	b.narrow(append(before[:len(before):len(before)], next...))
}

// narrow tells which rules are in force.
func (b *bypass) narrow(rules []*rule.Rule) {
	if b != nil {
		b.plan.Store(pushdown.Analyze(rules, b.options))
	}
}
