package rule

import (
	"encoding/json"
	"testing"

	"mmt/analyzer/dpi"
	"mmt/report"
)

func TestAppendHistory(t *testing.T) {
	var address dpi.Value
	address.SetIP4([]byte{10, 0, 0, 1})
	var jitter dpi.Value
	jitter.SetFloat(2.5)
	v := Verdict{
		Outcome: Detected, Time: 3e9,
		Rule: &Rule{
			ID: 7, Type: Evasion, Description: "d",
			Attributes: []Attribute{{Name: "http.uri"}, {Name: "ip.src"}, {Name: "tcp.flags"}, {Name: "meta.utime"}, {Name: "rtp.jitter"}, {Name: "arp.ar_sha"}},
			Events:     []Event{{Needs: []int{1, 2}}, {}, {Needs: []int{0, 3, 4, 5}}},
		},
		History: []Occurrence{
			{Event: 1, Time: 1_500_002_000, Counter: 3, Values: []dpi.Value{address, {Type: dpi.U8, N: 2}}},
			{Event: 2, Time: 2e9, Counter: 4},
			{Event: 3, Time: 3e9, Counter: 5, Values: []dpi.Value{
				{Type: dpi.String, B: []byte("a\"\\\"\r\n\x00unseen")}, {Type: dpi.TimeVal, N: 1_500_002_999}, jitter, {Type: dpi.MACAddr, B: []byte{0, 1, 2, 0xab, 4, 5}},
			}},
		},
	}
	got := string(v.AppendHistory(nil))
	want := `{"event_1":{"timestamp":1.500002,"counter":3,"attributes":[["ip.src","10.0.0.1"],["tcp.flags",2]]},` +
		`"event_2":{"timestamp":2.000000,"counter":4,"attributes":[]},` +
		`"event_3":{"timestamp":3.000000,"counter":5,"attributes":[["http.uri","a....."],["meta.utime",1500002],["rtp.jitter",2.5],["arp.ar_sha","00:01:02:ab:04:05"]]}}`
	if got != want {
		t.Errorf("history:\n%s\nwant:\n%s", got, want)
	}
	if !json.Valid([]byte(got)) {
		t.Error("the history is not valid JSON")
	}
	var r report.Verdict
	for range 2 { // a record is used again
		v.Fill(&r)
		line := string(r.Append(nil, report.NewEncoder(report.CSV, 1, "s")))
		if want := `10,1,"s",3.000000,7,"detected","evasion","d",` + want; line != want {
			t.Errorf("line:\n%s\nwant:\n%s", line, want)
		}
	}
}
