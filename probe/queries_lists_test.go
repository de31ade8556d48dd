package probe

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"testing"

	"mmt/bench/traffic"
)

// telemetry is a packet with in-band telemetry (INT, version 1 over UDP) of switches
// that tell their latencies.
func telemetry(at int64, port uint16, latencies ...uint32) traffic.Packet {
	stack := []byte{1, 0, byte(3 + len(latencies)), 0, 0x10, 0, 1, 8, 0x20, 0, 0, 0}
	for _, n := range latencies {
		stack = binary.BigEndian.AppendUint32(stack, n)
	}
	udp := binary.BigEndian.AppendUint16(nil, port)
	udp = binary.BigEndian.AppendUint16(udp, 4000)
	udp = binary.BigEndian.AppendUint16(udp, uint16(8+len(stack)))
	datagram := ipv4(1, 2, "outer", 17, slices.Concat(udp, []byte{0, 0}, stack))
	datagram[1] = 0x20 << 2 // the DSCP that says so
	return traffic.Packet{Time: at, Data: append([]byte{2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0}, datagram...)}
}

// TestListQuery: operators take the elements of a list, each place alone, however many
// threads there are.
func TestListQuery(t *testing.T) {
	trace := packetTrace(t, []traffic.Packet{
		telemetry(1e9, 1000, 7, 100), // the first period ends with it
		telemetry(1e9+1, 1000, 1, 10), telemetry(1e9+2, 1001, 2, 30), telemetry(1e9+3, 1002, 6, 20, 5), telemetry(1e9+4, 1000, 3),
	})
	want := []string{
		`999,3,1.000000,"hops",1,[7,100],[7.000,100.000],[0,0],[0,0],[1,1],[7,100],[7,100]`,
		`999,3,1.000000,"hops",2,[12,60,5],[3.000,20.000,5.000],[3,66,0],[-3,-10,0],[4,3,1],[1,10,5],[3]`,
	}
	for threads := range 3 {
		got := fieldsFrom(watch(t, trace, fmt.Sprintf("thread-nb = %d\n"+`query-report hops { enable = true ms-period = 500 output-channel = {stdout}
			select = {"sum(int.hop_latencies)", "avg(int.hop_latencies)", "var(int.hop_latencies)", "diff(int.hop_latencies)",
			"count(int.hop_latencies)", "first(int.hop_latencies)", "int.hop_latencies"} where = {int.hop_latencies} }`, threads)))
		if !slices.Equal(got, want) {
			t.Errorf("%d threads:\n%s", threads, strings.Join(got, "\n"))
		}
	}
}
