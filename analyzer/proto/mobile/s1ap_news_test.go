package mobile

import (
	"net/netip"
	"testing"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/prototest"
)

// newsOf makes an association with a function that reads the news of a packet.
func newsOf(t testing.TB) (send func(dir int, chunks ...[]byte) []S1APNews) {
	a := newAssociation(t, 36412, S1AP, NASEPS)
	var got []S1APNews
	var news S1APNews
	err := a.n.Handler.AddPacketHandler(99, func(p *dpi.Packet) {
		EachS1AP(p, &news, func() { got = append(got, news) })
	})
	if err != nil {
		t.Fatal(err)
	}
	return func(dir int, chunks ...[]byte) []S1APNews {
		got = nil
		a.send(dir, chunks)
		return got
	}
}

func TestS1APNews(t *testing.T) {
	send := newsOf(t)
	one := func(what string, dir int, pdu []byte) S1APNews {
		t.Helper()
		got := send(dir, chunk(18, pdu))
		if len(got) != 1 {
			t.Fatalf("%s: %d messages", what, len(got))
		}
		return got[0]
	}
	setup := one("setup", 0, ap(0, 17, ie(60, perText("enb-1"))))
	if setup.Event != S1APBaseStation || string(setup.Name.Bytes()) != "enb-1" || setup.ENB.String() != "10.3.0.1:36000" || setup.MME.String() != "10.3.0.2:36412" {
		t.Errorf("setup: %+v", setup)
	}
	agreed := one("setup agreed", 1, ap(1, 17, ie(61, perText("mme-1"))))
	if agreed.Event != S1APCore || string(agreed.Name.Bytes()) != "mme-1" || agreed.ENB != setup.ENB || agreed.MME != setup.MME {
		t.Errorf("setup agreed: %+v", agreed)
	}
	context := one("context", 1, ap(0, 9, ie(0, hex("c0 01020304")), ie(8, hex("00 03")), ie(24, item(52, realSetup))))
	want := S1APBearer{Gateway: netip.MustParseAddr("10.3.0.2"), TEID: 0x01020304, QCI: 9}
	if context.NBearers != 1 || context.Bearers[0] != want || context.Address.String() != "10.45.0.2" || context.TMSI != 0xc0ffee02 || context.MMEUE != 0x01020304 || context.ENBUE != 3 {
		t.Errorf("context: %+v", context)
	}
	more := one("bearers", 1, ap(0, 5, ie(0, hex("00 07")), ie(8, hex("00 03")), ie(16, wire(1, ie(17, withRates), ie(17, withRates)))))
	want = S1APBearer{Gateway: netip.MustParseAddr("10.3.0.2"), TEID: 0x01020305, QCI: 1, Dedicated: true}
	if more.NBearers != 2 || more.Bearers[0] != want || more.Bearers[1] != want {
		t.Errorf("bearers: %+v", more)
	}
	many := wire(byte(MaxBearers))
	for range MaxBearers + 1 {
		many = append(many, ie(17, withRates)...)
	}
	if n := one("many bearers", 1, ap(0, 5, ie(16, many))).NBearers; n != MaxBearers {
		t.Errorf("%d bearers, want %d", n, MaxBearers)
	}
}

// TestS1APNewsChunks holds that all whole messages of a packet are read, and what
// is damaged is not.
func TestS1APNewsChunks(t *testing.T) {
	send := newsOf(t)
	release := chunk(18, ap(1, 23, ie(0, hex("00 07")), ie(8, hex("00 03"))))
	if got := send(0, release, release, release); len(got) != 3 {
		t.Errorf("%d messages of three", len(got))
	}
	if got := send(0, release, chunkPart(chunkBegins, 18, hex("2017")), release); len(got) != 2 {
		t.Errorf("%d messages beside a part of one", len(got))
	}
	endless := append([]byte(nil), release...)
	endless[2], endless[3] = 0, 0
	if got := send(0, release, endless, release); len(got) != 1 {
		t.Errorf("%d messages before a chunk without length", len(got))
	}
	prototest.Prefixes(release[:len(release)-1], func(prefix []byte) { // its last octet is padding
		if got := send(0, release, prefix); len(got) != 1 {
			t.Errorf("%d messages with one cut at %d", len(got), len(prefix))
		}
	})
}

// FuzzS1APNews holds that no bytes in a packet of S1AP do harm.
func FuzzS1APNews(f *testing.F) {
	send := newsOf(f)
	f.Add(ap(0, 17, ie(60, perText("enb-1"))))
	f.Add(ap(0, 12, ie(8, hex("40 0102")), ie(26, open(attach))))
	f.Add(ap(0, 9, ie(0, hex("c0 01020304")), ie(24, item(52, realSetup))))
	f.Add(ap(0, 5, ie(16, wire(1, ie(17, withRates), ie(17, withRates)))))
	valid := chunk(18, ap(1, 23, ie(0, hex("00 07"))))
	f.Fuzz(func(t *testing.T, d []byte) {
		if len(d) > 60000 {
			return
		}
		for _, n := range send(0, valid, chunk(18, d), d) {
			if n.NBearers > MaxBearers || !n.ENB.IsValid() || !n.MME.IsValid() {
				t.Fatalf("%+v", n)
			}
		}
	})
}
