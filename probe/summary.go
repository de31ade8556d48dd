package probe

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"mmt/analyzer"
	"mmt/analyzer/dpi"
)

// ProtocolCount is the traffic of one protocol.
type ProtocolCount struct {
	Name           string
	Packets, Bytes uint64
	Sessions       uint64
}

// countProtocols returns the protocols that workers have seen, most packets
// first.
func countProtocols(workers []*analyzer.Worker) []ProtocolCount {
	var list []ProtocolCount
	for p := range workers[0].Handler().Registry().Protocols {
		sum := ProtocolCount{Name: p.Name}
		for _, w := range workers {
			s := w.Handler().Stats(p.ID)
			sum.Packets += s.Packets
			sum.Bytes += s.Data
			sum.Sessions += s.Sessions
		}
		if sum.Packets > 0 && p.ID != dpi.Meta {
			list = append(list, sum)
		}
	}
	slices.SortStableFunc(list, func(a, b ProtocolCount) int { return cmp.Compare(b.Packets, a.Packets) })
	return list
}

// topProtocols is how many protocols a summary lists.
const topProtocols = 15

// Summary prints what a run has seen for people to read.
func (r *Result) Summary(w io.Writer) {
	t := &r.Totals
	fmt.Fprintf(w, "packets   %d received, %d analysed, %d without session\n", r.seen(), t.Packets, t.NoSession)
	if r.Filtered > 0 {
		fmt.Fprintf(w, "filter    %d packets left out\n", r.Filtered)
	}
	if r.Prefilter != nil {
		fmt.Fprintf(w, "prefilter %s\n", r.Prefilter.line())
	}
	r.summaryLost(w)
	fmt.Fprintf(w, "volume    %s in %s of traffic, read in %s\n", volume(t.Bytes), span(t.Last-t.First), r.Elapsed.Round(time.Millisecond))
	fmt.Fprintf(w, "sessions  %d seen, %d evicted for lack of room\n", t.Session.Created, t.Session.Evicted)
	fmt.Fprintf(w, "reports   %d lines written, %d lost\n", r.Written, r.Lost)
	if r.Kept > 0 {
		fmt.Fprintf(w, "          %d lines wait in output.spill-dir for the next run\n", r.Kept)
	}
	if t.DissectorPanics > 0 {
		fmt.Fprintf(w, "errors    %d packets given up in dissection: please report this\n", t.DissectorPanics)
	}
	r.Saved.summary(w)
	if r.Security != nil {
		r.Security.summary(w)
	}
	fmt.Fprintf(w, "\n%-20s %10s %12s %10s\n", "protocol", "packets", "volume", "sessions")
	for _, p := range r.Protocols[:min(len(r.Protocols), topProtocols)] {
		fmt.Fprintf(w, "%-20s %10d %12s %10d\n", p.Name, p.Packets, volume(p.Bytes), p.Sessions)
	}
	if r.Security != nil {
		r.Security.summaryVerdicts(w)
	}
	if r.OutputDir != "" {
		fmt.Fprintf(w, "\nreports are in %s\n", r.OutputDir)
	}
}

// seen returns how many packets have come: those analysed and all that were dropped,
// as in metrics.
func (r *Result) seen() uint64 {
	n := r.Received + r.Filtered + r.Dropped
	if r.Prefilter != nil {
		n += r.Prefilter.Dropped()
	}
	return n
}

func (r *Result) summaryLost(w io.Writer) {
	for _, line := range []struct {
		n    uint64
		text string
	}{
		{r.Dropped - r.TooLong, "that came too fast (a larger input.buffer-size covers longer bursts)"},
		{r.TooLong, "that are too long for this capture (input.capture = afpacket takes them)"},
		{r.Queued, "that threads were too slow for (a larger thread-queue covers longer bursts, a larger thread-nb more traffic)"},
		{r.Crashed, "not analysed because of a crash (see the log)"},
	} {
		if line.n > 0 {
			fmt.Fprintf(w, "lost      %d packets %s\n", line.n, line.text)
		}
	}
}

// summary prints what the verification of properties has done, and what it could
// not do.
func (s *SecurityResult) summary(w io.Writer) {
	fmt.Fprintf(w, "rules     %d of %s verified, %d verdicts\n", s.Rules, s.From, s.Stats.Verdicts)
	if s.Unverified > 0 {
		fmt.Fprintf(w, "          %d rules not verified: security.rules-mask gives them to no thread\n", s.Unverified)
	}
	for _, line := range []struct {
		n    uint64
		text string
	}{
		{s.Stats.Refused, "instances refused (raise security.max-instances)"},
		{s.Stats.NoMemory, "instances given up for lack of memory"},
		{s.Stats.Lost, "packets not verified: a ring was full (raise security.smp.ring-size or security.thread-nb)"},
		{s.Stats.Truncated, "attribute values not verified: no room in their message (raise input.max-message-size)"},
		{s.Stats.GivenUp, "instances given up after the failure of a function or attribute"},
		{s.Stats.Panics, "functions and attributes failed: please report this"},
	} {
		if line.n > 0 {
			fmt.Fprintf(w, "          %d %s\n", line.n, line.text)
		}
	}
	for _, f := range s.Crashed {
		fmt.Fprintf(w, "          %s crashed and was called no more (see the log)\n", f)
	}
}

// topVerdicts is how many rules a summary lists.
const topVerdicts = 10

// maxDescription is how much of a rule's description a summary shows.
const maxDescription = 70

// summaryVerdicts prints the rules with most verdicts.
func (s *SecurityResult) summaryVerdicts(w io.Writer) {
	if len(s.Verdicts) == 0 {
		return
	}
	fmt.Fprintf(w, "\n%-8s %10s  %s\n", "rule", "verdicts", "description")
	for _, v := range s.Verdicts[:min(len(s.Verdicts), topVerdicts)] {
		text := []rune(strings.Join(strings.Fields(v.Description), " "))
		if len(text) > maxDescription {
			text = append(text[:maxDescription-3], '.', '.', '.')
		}
		fmt.Fprintf(w, "%-8d %10d  %s\n", v.Rule, v.Verdicts, string(text))
	}
	if more := len(s.Verdicts) - topVerdicts; more > 0 {
		fmt.Fprintf(w, "%d more rules have given verdicts\n", more)
	}
}

// volume shows bytes with a unit of 1000.
func volume(n uint64) string {
	units := []string{"B", "kB", "MB", "GB", "TB", "PB"}
	v, i := float64(n), 0
	for v >= 1000 && i < len(units)-1 {
		v, i = v/1000, i+1
	}
	if i == 0 {
		return fmt.Sprintf("%d B", n)
	}
	return fmt.Sprintf("%.1f %s", v, units[i])
}

func span(ns int64) string { return time.Duration(ns).Round(time.Millisecond).String() }
