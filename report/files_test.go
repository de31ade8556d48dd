package report

import (
	"net/netip"
	"testing"
)

// TestFileReports compares whole lines; those of 301 and behaviour are samples of the
// probe that this one replaces.
func TestFileReports(t *testing.T) {
	e := NewEncoder(CSV, 3, "eth/a.pcap")
	agent := &UserAgent{
		Time: 1_000_002_000, Session: 12, Transaction: 3, Client: netip.MustParseAddr("10.0.0.1"), Server: netip.MustParseAddr("2001:db8::1"),
		Host: []byte("h"), Text: []byte(`curl/7 "x"`), Program: []byte("curl"), ProgramVersion: []byte("7"),
	}
	for want, rec := range map[string]Record{
		`301,3,"eth/a.pcap",1470104379.175928,0,23558,23558,0,0,"/tmp/recon/mmt-32-pic.1kxun.com-=a.jpg"`: &Reconstruction{
			Time: 1470104379175928000, ContentLength: 23558, Received: 23558, Path: []byte("/tmp/recon/mmt-32-pic.1kxun.com-=a.jpg")},
		`301,3,"eth/a.pcap",1.000000,2,0,7,4,3,""`: &Reconstruction{Time: 1e9, Status: 2, Received: 7, ContentEncoding: 4, TransferEncoding: 3},
		`101,3,"eth/a.pcap",1490976024.994180,134,460,289,"172.16.42.216","172.217.9.142"`: &Behaviour{
			Time: 1490976024994180000, Proto: 134, Up: 460, Down: 289,
			Client: netip.MustParseAddr("172.16.42.216"), Server: netip.MustParseAddr("172.217.9.142")},
		`102,3,"eth/a.pcap",1.000002,12,3,"10.0.0.1","2001:db8::1","h","curl/7 .x.","curl","7","","",""`: agent,
	} {
		if got := string(rec.Append(nil, e)); got != want {
			t.Errorf("\n%s, want\n%s", got, want)
		}
	}
	want := string(agent.Append(nil, e))
	agent.Session = 0
	line := agent.Append(nil, e)
	if got := string(agent.Gaps.Fill(nil, line, 0, 12, 0)); got != want {
		t.Errorf("filled in later:\n%s, want\n%s", got, want)
	}
}
