package probe

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"time"

	"mmt/analyzer/dpi"
)

// ProtocolCount is the traffic of one protocol.
type ProtocolCount struct {
	Name           string
	Packets, Bytes uint64
	Sessions       uint64
}

// countProtocols returns the protocols that were seen, most packets first.
func countProtocols(h *dpi.Handler) []ProtocolCount {
	var list []ProtocolCount
	for p := range h.Registry().Protocols {
		if s := h.Stats(p.ID); s.Packets > 0 && p.ID != dpi.Meta {
			list = append(list, ProtocolCount{p.Name, s.Packets, s.Data, s.Sessions})
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
	fmt.Fprintf(w, "packets   %d received, %d analysed, %d without session\n", r.Received, t.Packets, t.NoSession)
	if r.Filtered > 0 {
		fmt.Fprintf(w, "filter    %d packets left out\n", r.Filtered)
	}
	fmt.Fprintf(w, "volume    %s in %s of traffic, read in %s\n", volume(t.Bytes), span(t.Last-t.First), r.Elapsed.Round(time.Millisecond))
	fmt.Fprintf(w, "sessions  %d seen, %d evicted for lack of room\n", t.Session.Created, t.Session.Evicted)
	fmt.Fprintf(w, "reports   %d lines written, %d lost\n", r.Written, r.Lost)
	if t.DissectorPanics > 0 {
		fmt.Fprintf(w, "errors    %d packets given up in dissection: please report this\n", t.DissectorPanics)
	}
	fmt.Fprintf(w, "\n%-20s %10s %12s %10s\n", "protocol", "packets", "volume", "sessions")
	for _, p := range r.Protocols[:min(len(r.Protocols), topProtocols)] {
		fmt.Fprintf(w, "%-20s %10d %12s %10d\n", p.Name, p.Packets, volume(p.Bytes), p.Sessions)
	}
	if r.OutputDir != "" {
		fmt.Fprintf(w, "\nreports are in %s\n", r.OutputDir)
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
