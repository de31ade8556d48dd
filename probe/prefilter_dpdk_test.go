//go:build dpdk && cgo && linux

package probe_test

import (
	"fmt"
	"os"
	"slices"
	"testing"
	"time"
)

// TestPrefilterDPDK: packets of DPDK are filtered in user space, and accounted for
// as all others.
func TestPrefilterDPDK(t *testing.T) {
	packets := whole("dns", "web", "scans", "noise")
	late := time.Now().UnixNano() - packets[0].Time
	for i := range packets {
		packets[i].Time += late
	}
	passed, _ := sieved(t, packets)
	w := watchingPair(t, ethernet, slices.Concat(eal("net_pcap0,rx_pcap=trace.pcap"), longPeriod, sieveOptions)...)
	w.ready = "prefilter: in user space: DPDK takes packets past the kernel"
	write(t, w.dir, "trace.pcap", pcap(t, packets))
	w.start()
	time.Sleep(500 * time.Millisecond) // what a driver holds is not to be seen from here
	got, files := w.end(os.Interrupt)
	dir := t.TempDir()
	write(t, dir, "trace.pcap", pcap(t, passed))
	want := reports(t, dir, nil, append([]string{"-t", "trace.pcap"}, longPeriod...)...)
	same(t, "live", orderless(t, got), orderless(t, want))
	if s := fmt.Sprint(w.lastFigures(files, "0")); s != fmt.Sprint([]int{len(packets), 0, len(passed), 0, total(passed), 0}) {
		t.Errorf("status %s, want %d packets of which %d of %d bytes pass", s, len(packets), len(passed), total(passed))
	}
}
