package probe

import (
	"errors"
	"fmt"
	"strings"

	"mmt/bpf"
	"mmt/config"
	"mmt/dataplane"
	"mmt/dataplane/dpdk"
	"mmt/dataplane/pcapfile"
	"mmt/dataplane/prefilter"
	"mmt/metrics"
)

// sieve is the prefilter of a run. In front of AF_PACKET it is in two places: in
// the kernel, and in user space for what comes past the kernel's, as packets
// that the host sends do; each packet is dropped in one of them. nil: none.
type sieve struct {
	rules   bpf.Rules
	filter  *bpf.Filter        // the same rules
	view    prefilter.View     // nil: packets are what they say
	kernel  kernelSieve        // nil: in user space only
	sources []prefilter.Source // in user space; none: in the kernel only
	where   string             // and why there
}

// kernelSieve is the prefilter in the kernel.
type kernelSieve interface {
	prefilter.Front
	// counters may be called until close.
	counters() bpf.Counters
	update(*bpf.Rules) error
	describe() string
	// alone tells whether no packet comes past it.
	alone() bool
	close() error
}

// prefilterRules are the rules of the block prefilter.
func prefilterRules(p *config.Prefilter) (r bpf.Rules) {
	for _, lists := range []struct {
		action    bpf.Action
		prefixes  []config.PrefilterPrefix
		ports     []config.PrefilterPort
		protocols []config.PrefilterProtocol
	}{
		{bpf.Allow, p.AllowPrefix, p.AllowPort, p.AllowProtocol},
		{bpf.Deny, p.DenyPrefix, p.DenyPort, p.DenyProtocol},
	} {
		for _, x := range lists.prefixes {
			r.Prefixes = append(r.Prefixes, bpf.PrefixRule{Action: lists.action, Side: sides[x.Side], Prefix: x.Prefix})
		}
		for _, x := range lists.ports {
			r.Ports = append(r.Ports, bpf.PortRule{Action: lists.action, Side: sides[x.Side], Protocol: uint8(x.Protocol), First: x.First, Last: x.Last})
		}
		for _, x := range lists.protocols {
			r.Protocols = append(r.Protocols, bpf.ProtocolRule{Action: lists.action, Protocol: uint8(x)})
		}
	}
	r.DropNonIP, r.Sample = p.DropNonIP, p.Sample
	return r
}

var sides = map[config.PacketSide]bpf.Side{
	config.EitherSide: bpf.Either, config.SourceSide: bpf.Source, config.DestSide: bpf.Destination,
}

// newSieve reads the block prefilter.
func (r *Run) newSieve() error {
	if !r.Config.Prefilter.Enable {
		return nil
	}
	s := &sieve{rules: r.pushed.rules(prefilterRules(&r.Config.Prefilter))}
	var err error
	if s.filter, err = bpf.NewFilter(&s.rules); err != nil {
		return fmt.Errorf("%s: prefilter: %w", r.Config.Where("prefilter.enable"), err)
	}
	if s.view, err = r.view(); err != nil {
		return err
	}
	r.sieve = s
	return nil
}

// sift puts the prefilter in front of sources.
func (r *Run) sift(list []dataplane.Source) []dataplane.Source {
	if r.sieve == nil {
		return list
	}
	r.sieve.place(r, list)
	if k := r.sieve.kernel; k != nil && k.alone() {
		return list
	}
	return r.sieve.wrap(list)
}

// wrap filters sources in user space.
func (s *sieve) wrap(list []dataplane.Source) []dataplane.Source {
	all := make([]dataplane.Source, len(list))
	for i, src := range list {
		o := prefilter.Options{View: s.view}
		if i == 0 && s.kernel != nil {
			o.Front = s.kernel
		}
		w := prefilter.Wrap(src, s.filter, o)
		s.sources, all[i] = append(s.sources, w), w
	}
	return all
}

// view is how the prefilter reads packets where stack-type or stack-offset say
// what they start with.
func (r *Run) view() (prefilter.View, error) {
	stack, err := newRestack(r.Config)
	if err != nil || !stack.force && stack.offset == 0 {
		return nil, err
	}
	return func(p *dataplane.Packet) ([]byte, dataplane.LinkType) {
		one := [1]dataplane.Packet{*p}
		stack.apply(one[:])
		return one[0].Data, one[0].Link
	}, nil
}

// place decides where the prefilter runs, and logs it.
func (s *sieve) place(r *Run, list []dataplane.Source) {
	err := s.inUserSpace(&r.Config.Prefilter)
	if err == nil {
		err = pastKernel(list[0])
	}
	if err != nil {
		s.where = "in user space: " + err.Error()
		r.Log.Info("prefilter: " + s.where)
		return
	}
	kernel, err := openKernelSieve(r, list, &s.rules)
	if err != nil {
		s.where = "in user space: " + strings.TrimPrefix(err.Error(), "prefilter: ")
		r.Log.Warn("prefilter: " + s.where)
		return
	}
	s.kernel, s.where = kernel, kernel.describe()
	line := "prefilter: " + s.where
	if !kernel.alone() {
		line += "; what it drops does not reach the host either (prefilter.mode = user leaves that alone)"
	}
	r.Log.Warn(line)
}

// inUserSpace says why the prefilter is to run in user space, nil if that is not
// so.
func (s *sieve) inUserSpace(p *config.Prefilter) error {
	switch {
	case p.Mode == config.PrefilterUser:
		return errors.New("as prefilter.mode says")
	case s.view != nil:
		return errors.New("stack-type and stack-offset are not known to the kernel")
	}
	return nil
}

// pastKernel says why the packets of a source do not come through the kernel, nil
// if they do.
func pastKernel(src dataplane.Source) error {
	switch src.(type) {
	case *pcapfile.Source:
		return errors.New("a trace does not come through the kernel")
	case *dpdk.Source:
		return errors.New("DPDK takes packets past the kernel")
	}
	return nil
}

// counts returns what has become of all packets so far.
func (s *sieve) counts() (sum bpf.Counters) {
	if s == nil {
		return sum
	}
	for _, src := range s.sources {
		c := src.Counted()
		for r := range c.ByReason {
			sum.ByReason[r].Add(c.ByReason[r])
		}
	}
	if s.kernel != nil {
		c := s.kernel.counters()
		for r := range c.ByReason {
			// What passes the kernel's comes to that in user space.
			if s.kernel.alone() || !bpf.Reason(r).Passes() {
				sum.ByReason[r].Add(c.ByReason[r])
			}
		}
	}
	return sum
}

// PrefilterDrop is how many packets the prefilter has kept away for a reason.
type PrefilterDrop struct {
	Reason  string
	Packets uint64
}

// drops returns all reasons for which packets can be kept away, also those for
// which none was. What is too long for AF_XDP is lost by the capture, and
// counted there.
func (s *sieve) drops() (list []PrefilterDrop) {
	if s == nil {
		return nil
	}
	counts := s.counts()
	for r, n := range counts.ByReason {
		if reason := bpf.Reason(r); !reason.Passes() && reason != bpf.DropTooLong {
			list = append(list, PrefilterDrop{strings.TrimPrefix(reason.String(), "drop-"), n.Packets})
		}
	}
	return list
}

// addTo shows the drops to Prometheus.
func (s *sieve) addTo(snapshot *metrics.Snapshot) {
	for _, d := range s.drops() {
		snapshot.Drops = append(snapshot.Drops, metrics.Drop{Stage: "prefilter", Reason: d.Reason, Packets: d.Packets})
	}
}

// update puts other rules in force.
func (s *sieve) update(rules bpf.Rules) error {
	filter, err := bpf.NewFilter(&rules)
	if err != nil {
		return err
	}
	if s.kernel != nil {
		if err := s.kernel.update(&rules); err != nil {
			return err
		}
	}
	for _, src := range s.sources {
		src.SetFilter(filter)
	}
	s.rules, s.filter = rules, filter
	return nil
}

// closeSieve frees what the prefilter holds in the kernel.
func (r *Run) closeSieve() {
	if r.sieve == nil || r.sieve.kernel == nil {
		return
	}
	if err := r.sieve.kernel.close(); err != nil {
		r.Log.Warn(fmt.Sprintf("prefilter: %v", err))
	}
}

// PrefilterResult is what the prefilter has done.
type PrefilterResult struct {
	Where string // it ran, and why there
	Drops []PrefilterDrop
}

// result returns nil if there was no prefilter.
func (s *sieve) result() *PrefilterResult {
	if s == nil {
		return nil
	}
	return &PrefilterResult{s.where, s.drops()}
}

// Dropped is the sum of all drops.
func (p *PrefilterResult) Dropped() (n uint64) {
	for _, d := range p.Drops {
		n += d.Packets
	}
	return n
}

// line tells people in one line.
func (p *PrefilterResult) line() string {
	var reasons []string
	for _, d := range p.Drops {
		if d.Packets > 0 {
			reasons = append(reasons, fmt.Sprintf("%d %s", d.Packets, d.Reason))
		}
	}
	text := fmt.Sprintf("%d packets kept away", p.Dropped())
	if len(reasons) > 0 {
		text += " (" + strings.Join(reasons, ", ") + ")"
	}
	return text + ", " + p.Where
}
