package report_test

import (
	"encoding/json"
	"slices"
	"testing"

	"mmt/report"
	"mmt/report/eve"
)

// transactions are transactions as hostile as packets can make them.
var transactions = []report.DNS{
	{},
	{Name: hostile, Type: 65280, Flags: 0xffff, Asked: true},
	{Name: []byte("example.org"), Type: 15, ID: 7, Flags: 0x8180, Answered: true, Asked: true, ResponseTime: 12, Transaction: 3, Answers: []report.DNSAnswer{
		{Name: hostile, Type: 41}, {Name: []byte("example.org"), Type: 15, TTL: 60, Data: []byte("mx1")},
		{Name: []byte("mx1"), Type: 1, Data: hostile}, {Name: []byte("example.org"), Type: 15, Data: []byte("mx2")},
	}},
	{Flags: 0x801f, Answered: true},
}

// TestEVEDNS holds that lines are what the schema says, and reads one back.
func TestEVEDNS(t *testing.T) {
	e, s := encoder(), session(nil)
	for i := range transactions {
		if err := eve.Check(s.AppendDNS(nil, e, &transactions[i])); err != nil {
			t.Error(err)
		}
	}
	var got struct {
		FlowID int `json:"flow_id"`
		DNS    struct {
			Type, Flags, RRName, RRType, Rcode string
			TxID                               int `json:"tx_id"`
			ID                                 int
			QR, TC                             bool
			Answers                            []struct{ RRName, RRType, RData string }
			Grouped                            map[string][]string
		}
		MMT struct {
			ResponseTime int `json:"response_time"`
		}
	}
	line := s.AppendDNS(nil, e, &transactions[2])
	if err := json.Unmarshal(line, &got); err != nil {
		t.Fatal(err)
	}
	d := &got.DNS
	if got.FlowID != 12 || d.Type != "answer" || d.Flags != "8180" || d.RRName != "example.org" || d.RRType != "MX" || d.Rcode != "NOERROR" ||
		d.TxID != 3 || d.ID != 7 || !d.QR || d.TC || got.MMT.ResponseTime != 12 {
		t.Errorf("members of %s", line)
	}
	if len(d.Answers) != 4 || d.Answers[1].RData != "mx1" || len(d.Grouped) != 2 || !slices.Equal(d.Grouped["MX"], []string{"mx1", "mx2"}) || len(d.Grouped["A"]) != 1 {
		t.Errorf("answers of %s", line)
	}
}

// TestEVEDNSAllocatesNothing: lines go into memory that is there.
func TestEVEDNSAllocatesNothing(t *testing.T) {
	e, s, buf := encoder(), session(nil), make([]byte, 0, 8192)
	for i := range transactions {
		if n := testing.AllocsPerRun(100, func() { buf = s.AppendDNS(buf[:0], e, &transactions[i]) }); n != 0 {
			t.Errorf("%d: %v allocations", i, n)
		}
	}
}
