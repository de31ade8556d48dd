package probe

import (
	"fmt"
	"slices"

	"mmt/analyzer/dpi"
	"mmt/analyzer/security/rule"
	"mmt/bpf"
	"mmt/config"
	"mmt/rulecomp/pushdown"
)

// pushed keeps the prefilter to what the rules of a run look at
// (prefilter.push-rules). nil: it does not.
type pushed struct {
	run     *Run
	options pushdown.Options
	wanted  []bpf.Match // nil: everything
}

// wholeTraffic are what asks for all packets, whatever the rules look at.
var wholeTraffic = []struct {
	option string
	on     func(*config.Config) bool
}{
	{"session-report.enable", func(c *config.Config) bool { return c.SessionReport.Enable }},
	{"enable-proto-without-session-report", func(c *config.Config) bool { return c.EnableProtoWithoutSessionReport }},
	{"enable-ip-fragmentation-report", func(c *config.Config) bool { return c.EnableIPFragmentationReport }},
	{"behaviour.enable", func(c *config.Config) bool { return c.Behaviour.Enable }},
	{"radius-report.enable", func(c *config.Config) bool { return c.RadiusReport.Enable }},
	{"ipfix-output.enable", func(c *config.Config) bool { return c.IPFIXOutput.Enable }},
	{"micro-flows.enable", func(c *config.Config) bool { return c.MicroFlows.Enable }},
	{"dump-pcap.enable", func(c *config.Config) bool { return c.DumpPcap.Enable }},
	{"alert-pcap.enable", func(c *config.Config) bool { return c.AlertPcap.Enable }},
	{"event-report.enable", func(c *config.Config) bool {
		return slices.ContainsFunc(c.EventReports, func(e config.EventReport) bool { return e.Enable })
	}},
	{"query-report.enable", func(c *config.Config) bool {
		return slices.ContainsFunc(c.QueryReports, func(q config.QueryReport) bool { return q.Enable })
	}},
	{"reconstruct-data.enable", func(c *config.Config) bool {
		return slices.ContainsFunc(c.ReconstructData, func(d config.ReconstructData) bool { return d.Enable })
	}},
}

// pushRules finds out which packets the rules look at, if the configuration asks
// for it.
func (r *Run) pushRules(reg *dpi.Registry, book *ruleBook) error {
	c := r.Config
	if !c.Prefilter.PushRules {
		return nil
	}
	const option = "prefilter.push-rules"
	at := c.Where(option)
	switch {
	case !c.Prefilter.Enable:
		r.Log.Warn(fmt.Sprintf("%s: %s has no effect: prefilter.enable is off", at, option))
		return nil
	case !c.Security.Enable:
		return fmt.Errorf("%s: %s keeps away what no rule looks at, but no rules are verified (set security.enable = true, or remove the option)", at, option)
	}
	for _, w := range wholeTraffic {
		if w.on(c) {
			return fmt.Errorf("%s: %s is for runs that verify rules and nothing else, and %s asks for all packets (turn off one of the two)", at, option, w.option)
		}
	}
	p := &pushed{run: r, options: pushdown.Options{Registry: reg, IgnoreFlow: c.Security.IgnoreRemainFlow}}
	p.plan(book.without(book.edition.Rules, nil))
	r.pushed, book.pushed = p, p
	return nil
}

// plan works out what the prefilter is to pass, and logs it.
func (p *pushed) plan(rules []*rule.Rule) {
	plan := pushdown.Analyze(rules, p.options)
	for _, line := range plan.Explain() {
		p.run.Log.Info("prefilter: " + line)
	}
	p.wanted = plan.Wanted()
}

// rules adds to the rules of the block prefilter what the rules of the run look
// at.
func (p *pushed) rules(r bpf.Rules) bpf.Rules {
	if p != nil {
		r.Wanted = p.wanted
	}
	return r
}

// widen lets the prefilter pass what the rules of before and those to come look
// at, so that these miss nothing from their beginning on.
func (p *pushed) widen(before, next []*rule.Rule) error {
	if p == nil {
		return nil
	}
	wider := pushdown.Analyze(slices.Concat(before, next), p.options).Wanted()
	return p.install(wider)
}

// narrow lets the prefilter pass what rules look at that are in force.
func (p *pushed) narrow(rules []*rule.Rule) {
	if p == nil {
		return
	}
	p.plan(rules)
	if err := p.install(p.wanted); err != nil {
		p.run.Log.Warn(fmt.Sprintf("prefilter: it lets more pass than the rules look at: %v", err))
	}
}

func (p *pushed) install(wanted []bpf.Match) error {
	rules := p.run.sieve.rules
	rules.Wanted = wanted
	return p.run.sieve.update(rules)
}
