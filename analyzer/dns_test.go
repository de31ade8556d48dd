package analyzer

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto"
	"mmt/analyzer/session"
	"mmt/bench/traffic"
	"mmt/dataplane"
	"mmt/report"
	"mmt/report/eve"
)

// dnsWorker is a worker that tells transactions of DNS, if asked to, in a format.
func dnsWorker(t testing.TB, out Output, format report.Format, table session.Config) *Worker {
	t.Helper()
	reg, services, err := proto.Load()
	if err != nil {
		t.Fatal(err)
	}
	w, err := NewWorker(reg, Options{
		StatsPeriod: 5 * second, Sessions: 1, DNS: true, Table: table, Output: out,
		Forms: InOneForm(report.NewEncoder(format, 1, "test")), Dissection: dpi.Options{Services: services},
	})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// resolving is a talk with a name server, and its packets.
func resolving() (*talk, *[]traffic.Packet) {
	x, packets := between(17, "10.0.0.1:40000", "10.0.0.2:53"), new([]traffic.Packet)
	x.add = func(frame []byte) {
		*packets = append(*packets, traffic.Packet{Time: second + int64(len(*packets)), Data: frame})
	}
	return x, packets
}

// dnsQuery is a question for an address, or its answer with a response code.
func dnsQuery(id uint16, flags uint16, name string) []byte {
	b := binary.BigEndian.AppendUint16(nil, id)
	b = binary.BigEndian.AppendUint16(b, flags)
	b = append(b, 0, 1, 0, 0, 0, 0, 0, 0, byte(len(name)))
	return append(append(b, name...), 0, 0, 1, 0, 1)
}

// tellings returns what the events dns among lines tell, in short.
func tellings(t *testing.T, text string) (got []string) {
	t.Helper()
	for line := range strings.Lines(text) {
		if err := eve.Check([]byte(line)); err != nil {
			t.Error(err)
		}
		var e struct {
			Event string `json:"event_type"`
			DNS   struct {
				Type, RRName, Rcode string
				TxID                int `json:"tx_id"`
			}
			MMT struct {
				Time *int `json:"response_time"`
			}
		}
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatal(err)
		}
		if e.Event == "dns" {
			got = append(got, strings.TrimSpace(fmt.Sprintf("%d %s %s %s", e.DNS.TxID, e.DNS.Type, e.DNS.RRName, e.DNS.Rcode)))
			if (e.MMT.Time != nil) != (e.DNS.Type == "answer" && e.DNS.RRName != "alone") {
				t.Errorf("time of %s", line)
			}
		}
	}
	return got
}

// TestDNSTransactions: each transaction is told once, in the order in which they end.
func TestDNSTransactions(t *testing.T) {
	const ask, ok, missing, refused = 0x0100, 0x8180, 0x8183, 0x8185
	type message struct {
		side  int
		bytes []byte
	}
	for what, tt := range map[string]struct {
		say  []message
		want []string
	}{
		"answered out of order": {[]message{
			{0, dnsQuery(1, ask, "one")}, {0, dnsQuery(2, ask, "two")}, {1, dnsQuery(2, missing, "two")}, {1, dnsQuery(1, ok, "one")},
		}, []string{"1 answer two NXDOMAIN", "0 answer one NOERROR"}},
		"asked again":   {[]message{{0, dnsQuery(1, ask, "one")}, {0, dnsQuery(1, ask, "one")}, {1, dnsQuery(1, ok, "one")}}, []string{"0 answer one NOERROR"}},
		"no answer":     {[]message{{0, dnsQuery(1, ask, "one")}, {0, dnsQuery(2, ask, "two")}}, []string{"0 query one", "1 query two"}},
		"no question":   {[]message{{0, dnsQuery(1, ok, "alone")}}, []string{"0 answer alone NOERROR"}},
		"header only":   {[]message{{0, dnsQuery(1, ask, "one")}, {1, append(dnsQuery(1, refused, "")[:4], make([]byte, 8)...)}}, []string{"0 answer one REFUSED"}},
		"other's":       {[]message{{0, dnsQuery(1, ask, "one")}, {1, append(dnsQuery(2, refused, "")[:4], make([]byte, 8)...)}}, []string{"0 query one"}},
		"same question": {[]message{{0, dnsQuery(1, ask, "one")}, {0, dnsQuery(2, ask, "one")}, {1, dnsQuery(1, ok, "one")}}, []string{"0 answer one NOERROR", "1 query one"}},
	} {
		var out lines
		w := dnsWorker(t, &out, report.EVE, session.Config{})
		x, packets := resolving()
		for _, m := range tt.say {
			x.say(m.side, 0, m.bytes)
		}
		feed(w, *packets, 64)
		w.Close()
		if got := tellings(t, out.String()); !slices.Equal(got, tt.want) {
			t.Errorf("%s: %q, want %q", what, got, tt.want)
		}
	}
}

// TestDNSWaiting: questions that nobody answers do not pile up, and nothing of them is
// left when their session has ended.
func TestDNSWaiting(t *testing.T) {
	var out lines
	w := dnsWorker(t, &out, report.EVE, session.Config{})
	x, packets := resolving()
	for i := range 3 * maxDNSWaiting {
		x.say(0, 0, dnsQuery(uint16(i), 0x0100, "example"))
	}
	feed(w, *packets, 64)
	if got := len(tellings(t, out.String())); got != 2*maxDNSWaiting {
		t.Errorf("%d questions have given way, want %d", got, 2*maxDNSWaiting)
	}
	w.Close()
	if got := len(tellings(t, out.String())); got != 3*maxDNSWaiting {
		t.Errorf("%d questions told", got)
	}
	for _, e := range w.dns.talks {
		if e != (dnsExchange{}) {
			t.Errorf("left: %+v", e)
		}
	}
}

// TestDNSRetuned: transactions are told while options ask for them.
func TestDNSRetuned(t *testing.T) {
	var out lines
	w := dnsWorker(t, &out, report.EVE, session.Config{})
	x, packets := resolving()
	for i, dns := range []bool{false, true, false} {
		next := w.options
		next.DNS = dns
		if err := w.Retune(&next); err != nil {
			t.Fatal(err)
		}
		*packets = nil
		for answers := range uint16(2) {
			x.say(int(answers), 0, dnsQuery(uint16(i), 0x0100+answers*0x8080, "example"))
		}
		feed(w, *packets, 64)
	}
	w.Close()
	if got := tellings(t, out.String()); !slices.Equal(got, []string{"0 answer example NOERROR"}) {
		t.Errorf("%q", got)
	}
}

// TestDNSAllocatesNothing: not per message, once sessions have come and gone.
func TestDNSAllocatesNothing(t *testing.T) {
	var out nowhere
	w := dnsWorker(t, &out, report.EVE, session.Config{})
	x, packets := resolving()
	for i := range 32 {
		x.say(0, 0, dnsQuery(uint16(i), 0x0100, "www.example"))
		x.say(1, 0, dnsQuery(uint16(i), 0x8180, "www.example"))
	}
	var b dataplane.Burst
	for i := range *packets {
		b.Packets[i] = packetOf(&(*packets)[i])
	}
	b.N = len(*packets)
	w.Process(&b)
	if n := testing.AllocsPerRun(20, func() { w.Process(&b) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
	if out.n < 32*20 {
		t.Errorf("%d lines", out.n)
	}
}

// TestDNSCostsNothing: where nothing is written in EVE, nobody listens.
func TestDNSCostsNothing(t *testing.T) {
	if w := dnsWorker(t, &lines{}, report.JSON, session.Config{}); w.dns != nil {
		t.Error("transactions are put together for nobody")
	}
}
