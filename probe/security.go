package probe

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"mmt/analyzer"
	"mmt/analyzer/security"
	"mmt/config"
	"mmt/verifier"
)

// securityOptions turns the block security into what the worker wants. What the
// block does not set is taken from the settings of manual section 3.3.
func securityOptions(c *config.Config, settings *verifier.Settings) *analyzer.Security {
	b := &c.Security
	chosen := func(option string, block, setting int) int {
		if c.Where("security."+option) != (config.Pos{}) {
			return block
		}
		return setting
	}
	o := &analyzer.Security{
		Engine: security.Options{
			Threads:      b.ThreadNb,
			Exclude:      ranges(b.ExcludeRules),
			MaxMessage:   chosen("input.max-message-size", b.MaxMessageSize, settings.MaxMessage),
			MaxInstances: chosen("security.max-instances", b.MaxInstances, settings.MaxInstances),
			RingSize:     chosen("security.smp.ring-size", b.RingSize, settings.RingSize),
			IgnoreFlow:   b.IgnoreRemainFlow,
			Lose:         c.Input.Mode == config.ModeOnline,
		},
		Output:            channels(b.Enable, b.OutputChannel),
		NoDescription:     !b.ReportRuleDescription,
		IgnoreDescription: settings.IgnoreDescription,
	}
	if len(b.RulesMask) > 0 {
		o.Engine.Mask = map[int]security.Ranges{}
	}
	for _, m := range b.RulesMask {
		o.Engine.Mask[m.Thread] = ranges(m.Rules)
	}
	return o
}

func ranges(set config.RuleSet) (r security.Ranges) {
	for _, x := range set {
		r = append(r, security.Range(x))
	}
	return r
}

// unverified returns how many rules no thread verifies, because rules-mask names
// all threads and not these rules.
func unverified(o *security.Options, ids []uint32) (n int) {
	if o.Threads == 0 || len(o.Mask) < o.Threads {
		return 0
	}
	for _, id := range ids {
		named := false
		for _, set := range o.Mask {
			named = named || set.Contains(id)
		}
		if !named {
			n++
		}
	}
	return n
}

// openSecurity loads the rules and makes the options of the worker, nil if no
// properties are to be verified.
func (r *Run) openSecurity(book *ruleBook) (*analyzer.Security, error) {
	if !r.Config.Security.Enable {
		return nil, nil
	}
	settings, warnings, err := verifier.LoadSettings(r.settingsFile)
	for _, warning := range warnings {
		r.Log.Warn(warning)
	}
	if err != nil {
		return nil, err
	}
	o := securityOptions(r.Config, &settings)
	if o.Rules, err = book.open(o.Engine.Exclude); err != nil {
		return nil, r.securityError(err)
	}
	if c := r.Config; c.ThreadNb > 1 && c.Security.ThreadNb == 0 {
		r.Log.Info(fmt.Sprintf("security: one thread more verifies the packets of the %d that analyse (security.thread-nb sets how many for each of these)", c.ThreadNb))
	}
	return o, nil
}

// securityError tells where rules were asked for.
func (r *Run) securityError(err error) error {
	var none *noRules
	if !errors.As(err, &none) {
		return err
	}
	option := "security.enable"
	if none.excluded {
		option = "security.exclude-rules"
	}
	if at := r.Config.Where(option); at != (config.Pos{}) {
		return fmt.Errorf("%s: %w", at, err)
	}
	return err
}

// SecurityResult is what the verification of properties has done.
type SecurityResult struct {
	Rules      int    // verified at the end
	From       string // where they come from
	Unverified int    // rules that rules-mask gives to no thread
	Verdicts   []RuleVerdicts
	Stats      security.Stats
	Crashed    []string // embedded functions that crashed and were called no more
}

// RuleVerdicts is how many verdicts a rule has given.
type RuleVerdicts struct {
	Rule        uint32
	Description string // "" if the rule was removed
	Verdicts    uint64
}

// result gathers the figures of a verifier that is closed, nil if nothing was
// verified.
func (b *ruleBook) result(v *analyzer.Verifier, o *analyzer.Security) *SecurityResult {
	if v == nil {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	res := &SecurityResult{From: b.from, Stats: v.Engine().Stats()}
	var ids []uint32
	descriptions := map[uint32]string{}
	for _, rule := range v.Engine().Rules() {
		ids = append(ids, rule.ID)
		descriptions[rule.ID] = rule.Description
	}
	res.Unverified = unverified(&o.Engine, ids)
	res.Rules = len(ids) - res.Unverified
	for id, n := range v.Verdicts() {
		res.Verdicts = append(res.Verdicts, RuleVerdicts{id, descriptions[id], n})
	}
	res.sort()
	for _, c := range b.edition.Crashed() {
		res.Crashed = append(res.Crashed, c.String())
	}
	return res
}

// sort puts the rules with most verdicts first.
func (s *SecurityResult) sort() {
	slices.SortFunc(s.Verdicts, func(a, b RuleVerdicts) int {
		return cmp.Or(cmp.Compare(b.Verdicts, a.Verdicts), cmp.Compare(a.Rule, b.Rule))
	})
}
