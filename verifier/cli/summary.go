package cli

import (
	"fmt"
	"time"

	"mmt/analyzer/security"
	"mmt/verifier"
)

// showPackets prints what was read.
func (c *common) showPackets(r *verifier.Result) {
	fmt.Fprintf(c.stderr, "packets   %d, %d bytes\n", r.Packets, r.Bytes)
	fmt.Fprintf(c.stderr, "speed     %s packets/s, in %s\n", rate(r.Packets, r.Elapsed), r.Elapsed.Round(time.Millisecond))
}

// rate shows how many there were a second.
func rate(n uint64, d time.Duration) string {
	if d <= 0 {
		return "-"
	}
	return fmt.Sprintf("%.0f", float64(n)/d.Seconds())
}

// showVerdicts prints how many verdicts there were, by rule.
func (c *common) showVerdicts(v *verifier.Verdicts) {
	var total uint64
	counts := v.Counts()
	for _, r := range counts {
		total += r.Verdicts
	}
	fmt.Fprintf(c.stderr, "verdicts  %d\n", total)
	for _, r := range counts {
		fmt.Fprintf(c.stderr, "  rule %-6d %d\n", r.Rule, r.Verdicts)
	}
	if lost := v.Lost(); lost > 0 {
		fmt.Fprintf(c.stderr, "lost      %d verdicts that no channel took\n", lost)
	}
}

// showServer prints what probes have sent.
func (c *common) showServer(s *verifier.ServerStats, elapsed time.Duration) {
	fmt.Fprintf(c.stderr, "probes    %d, %d dropped for a bad message, %d refused\n", s.Probes, s.Bad, s.Refused)
	fmt.Fprintf(c.stderr, "messages  %d, %d bytes, in %s\n", s.Messages, s.Bytes, elapsed.Round(time.Millisecond))
	if s.Late > 0 {
		fmt.Fprintf(c.stderr, "late      %d messages with times before that of the one before them (--reorder lets them wait for one another)\n", s.Late)
	}
	if s.Unknown+s.Short > 0 {
		fmt.Fprintf(c.stderr, "ignored   %d attributes not known here, %d values too short\n", s.Unknown, s.Short)
	}
}

// showEngine prints what the engine has counted: with -v all, else what went
// wrong.
func (c *common) showEngine(s *security.Stats) {
	for _, line := range []struct {
		n     uint64
		text  string
		wrong bool
	}{
		{s.Opened, "instances opened", false},
		{s.Waiting, "instances waiting at the end", false},
		{s.Refused, "instances refused (raise security.max_instances)", true},
		{s.NoMemory, "instances whose values had no room", true},
		{s.Truncated, "values that had no room (raise input.max_message_size)", true},
		{s.Lost, "packets lost before a full ring (raise security.smp.ring_size)", true},
		{s.Panics, "functions and attributes that failed: please report this", true},
	} {
		if c.verbose || line.wrong && line.n > 0 {
			fmt.Fprintf(c.stderr, "engine    %d %s\n", line.n, line.text)
		}
	}
}
