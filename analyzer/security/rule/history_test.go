package rule

import (
	"encoding/json"
	"testing"

	"mmt/analyzer/dpi"
)

func TestAppendHistory(t *testing.T) {
	var address dpi.Value
	address.SetIP4([]byte{10, 0, 0, 1})
	v := Verdict{
		Rule: &Rule{
			Attributes: []Attribute{{Name: "http.uri"}, {Name: "ip.src"}, {Name: "tcp.flags"}},
			Events:     []Event{{Needs: []int{1, 2}}, {}, {Needs: []int{0}}},
		},
		History: []Occurrence{
			{Event: 1, Time: 1_500_002_000, Counter: 3, Values: []dpi.Value{address, {Type: dpi.U8, N: 2}}},
			{Event: 2, Time: 2e9, Counter: 4},
			{Event: 3, Time: 3e9, Counter: 5, Values: []dpi.Value{{Type: dpi.String, B: []byte("a\"\\\"\r\n")}}},
		},
	}
	got := string(v.AppendHistory(nil))
	want := `{"event_1":{"timestamp":1.500002,"counter":3,"attributes":[["ip.src","10.0.0.1"],["tcp.flags",2]]},` +
		`"event_2":{"timestamp":2.000000,"counter":4,"attributes":[]},` +
		`"event_3":{"timestamp":3.000000,"counter":5,"attributes":[["http.uri","a\"\\\".."]]}}`
	if got != want {
		t.Errorf("history:\n%s\nwant:\n%s", got, want)
	}
	if !json.Valid([]byte(got)) {
		t.Error("the history is not valid JSON")
	}
}
