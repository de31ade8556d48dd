//go:build dpdk && cgo && linux

package dpdk

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"mmt/bench/traffic"
	"mmt/dataplane"
)

func init() { children["held"] = heldInOrder }

// heldMost is how many packets TestHeldInOrder holds at a time.
const heldMost = 3000

// heldInOrder receives and gives back in the same order, many bursts later; a
// packet must not have changed until then.
func heldInOrder(todo *task, out *outcome) error {
	d, err := Open(todo.Ports, todo.O)
	if err != nil {
		return err
	}
	s := d.Sources()[0]
	var held []*dataplane.Burst
	var sums [][]byte
	count := 0
	giveBack := func() error {
		b := held[0]
		held = held[1:]
		for _, p := range b.Packets[:b.N] {
			if !bytes.Equal(p.Data, sums[0]) {
				return fmt.Errorf("a packet changed while %d were held", count)
			}
			sums = sums[1:]
		}
		count -= b.N
		s.Release(b)
		return nil
	}
	for total := 0; total < todo.Want; {
		b := new(dataplane.Burst)
		if err := s.Receive(b); err != nil {
			return err
		}
		if b.N == 0 {
			return fmt.Errorf("%d packets came, want %d", total, todo.Want)
		}
		for _, p := range b.Packets[:b.N] {
			sums = append(sums, bytes.Clone(p.Data))
		}
		total += b.N
		count += b.N
		for held = append(held, b); count > heldMost; {
			if err := giveBack(); err != nil {
				return err
			}
		}
	}
	for len(held) > 0 {
		if err := giveBack(); err != nil {
			return err
		}
	}
	return finish(d, out)
}

// TestHeldInOrder: thousands of packets are out at a time, and come back in their
// order, as a queue gives them back.
func TestHeldInOrder(t *testing.T) {
	packets := traffic.Mixed(1, 10000)
	var trace bytes.Buffer
	if err := traffic.WritePcap(&trace, packets); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "trace.pcap")
	if err := os.WriteFile(path, trace.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	o := Options{EAL: noHuge + "--vdev net_pcap0,rx_pcap=" + path, Held: heldMost + 2*dataplane.BurstSize, Wait: time.Second}
	out := run(t, task{Do: "held", Ports: "0", O: o, Want: len(packets)})
	exact(t, out)
	if n := out.Stats[0].Received; n != uint64(len(packets)) {
		t.Errorf("%d packets, want %d", n, len(packets))
	}
}
