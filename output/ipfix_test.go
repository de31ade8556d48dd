package output

import (
	"context"
	"testing"
	"time"

	"mmt/ipfix"
	"mmt/testserver"
)

func exportBatch(flows int) *Batch {
	var b Batch
	for i := range flows {
		f := ipfix.Flow{Port: [2]uint16{uint16(i), 10}, Packets: [2]uint64{10, 10}, V6: i%3 == 0} // 10 is a line end
		b.Add(f.Append(nil))
	}
	return &b
}

func openIPFIX(t *testing.T, network, address string, refresh time.Duration) *IPFIX {
	t.Helper()
	x := NewIPFIX(IPFIXOptions{Network: network, Address: address, Domain: 3, TemplateRefresh: refresh})
	noError(t, x.Open(context.Background()))
	t.Cleanup(func() { x.Close() })
	return x
}

// TestIPFIX sends records over both protocols.
func TestIPFIX(t *testing.T) {
	for _, network := range []string{"udp", "tcp"} {
		t.Run(network, func(t *testing.T) {
			server := testserver.StartIPFIX(t, network)
			x := openIPFIX(t, network, server.Address, time.Hour)
			for range 2 {
				sent, err := x.Send(context.Background(), exportBatch(100))
				noError(t, err)
				if sent != 100 {
					t.Fatalf("%d sent", sent)
				}
			}
			eventually(t, "all records come", func() bool { return len(server.Records()) == 200 })
			if faults := server.Faults(); len(faults) > 0 || server.Templates() != 1 {
				t.Errorf("%v, templates %d times", faults, server.Templates())
			}
			for i, r := range server.Records() {
				if r.U(7) != uint64(i%100) || r.U(11) != 10 || r.U(-2) != 10 {
					t.Fatalf("record %d: %v", i, r)
				}
			}
			if last := server.Sequences()[len(server.Sequences())-1]; last >= 200 || last < 180 {
				t.Errorf("the last sequence number is %d", last)
			}
		})
	}
}

// TestIPFIXTemplates: over UDP templates come again.
func TestIPFIXTemplates(t *testing.T) {
	server := testserver.StartIPFIX(t, "udp")
	x := openIPFIX(t, "udp", server.Address, time.Nanosecond)
	for range 3 {
		_, err := x.Send(context.Background(), exportBatch(1))
		noError(t, err)
	}
	eventually(t, "templates with each batch", func() bool { return server.Templates() == 3 && len(server.Records()) == 3 })
}

// TestIPFIXReconnects: a new connection begins with templates and counts anew.
func TestIPFIXReconnects(t *testing.T) {
	server := testserver.StartIPFIX(t, "tcp")
	x := openIPFIX(t, "tcp", server.Address, time.Hour)
	_, err := x.Send(context.Background(), exportBatch(5))
	noError(t, err)
	eventually(t, "the first records", func() bool { return len(server.Records()) == 5 })
	server.Hangup()
	eventually(t, "the failure is seen", func() bool {
		sent, err := x.Send(context.Background(), exportBatch(1))
		return err != nil && sent == 0
	})
	noError(t, x.Close())
	noError(t, x.Open(context.Background()))
	before := len(server.Records())
	_, err = x.Send(context.Background(), exportBatch(5))
	noError(t, err)
	eventually(t, "records of the new connection", func() bool { return len(server.Records()) == before+5 })
	sequences := server.Sequences()
	if faults := server.Faults(); len(faults) > 0 || server.Templates() != 2 || sequences[len(sequences)-1] != 0 {
		t.Errorf("%v, templates %d times, sequence numbers %v", faults, server.Templates(), sequences)
	}
}

// TestIPFIXRefuses: what is no record is refused, the rest goes.
func TestIPFIXRefuses(t *testing.T) {
	server := testserver.StartIPFIX(t, "tcp")
	x := openIPFIX(t, "tcp", server.Address, time.Hour)
	b := exportBatch(2)
	b.Add([]byte("no record"))
	sent, err := x.Send(context.Background(), b)
	if refused, ok := err.(*givenUp); sent != 2 || !ok || refused.reason != LostRefused || refused.lines != 1 {
		t.Errorf("%d sent, error %v", sent, err)
	}
}
