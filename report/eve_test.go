package report_test

import (
	"encoding/json"
	"math"
	"net/netip"
	"strings"
	"testing"

	"mmt/report"
	"mmt/report/eve"
)

func names(id uint32) string {
	return map[uint32]string{153: "http", 341: "ssl", 117: "ftp", 30: "arp"}[id]
}

func encoder() *report.Encoder {
	e := report.NewEncoder(report.EVE, 3, `tr"ace.pcap`)
	e.SetNames(names)
	return e
}

// session is a session of TCP with an application.
func session(app report.App) *report.Session {
	return &report.Session{
		Time: 1_700_000_005_123_456_789, First: 1_700_000_000_000_000_999, Number: 2, Proto: 153, Application: 153, Transport: 6,
		PathUp: []uint32{99, 178, 354, 153}, Up: report.Volume{Data: 1000, Payload: 700, Packets: 5}, Down: report.Volume{Data: 99, Packets: 1},
		Client: netip.MustParseAddr("128.232.110.120"), Server: netip.MustParseAddr("66.35.250.204"), ClientPort: 34855, ServerPort: 80,
		ClientMAC: [6]byte{0xa, 0xb, 0xc, 1, 2, 3}, ID: 12, ActiveFlows: 7, App: app,
		TCP: report.TCP{Handshake: 10, ClientRTT: report.RTT{Min: 1, Max: 3, Avg: 2}},
	}
}

var hostile = []byte("a\"b\\c\x00\n\xff\u2028é")

// allApps are applications as hostile as packets can make them.
var allApps = []report.App{
	&report.HTTP{Host: hostile, URI: hostile, Method: hostile, MIME: hostile, Referer: hostile, Response: []byte("007 James"), ContentLength: []byte("00012")},
	&report.HTTP{Response: []byte("200 OK"), ContentLength: []byte("12, 12"), Transaction: 4},
	&report.HTTP{Response: []byte("000"), ContentLength: []byte("0000")},
	&report.TLS{ServerName: hostile},
	&report.FTP{User: hostile, Password: hostile, FileName: hostile, Direction: 200, ControlSession: math.MaxUint64},
	&report.RTP{LossRate: math.NaN(), Burstiness: math.Inf(1)},
	&report.GTP{OuterSource: netip.MustParseAddr("::1"), OuterDestination: netip.MustParseAddr("fe80::1%eth0"), TEIDs: []uint32{1, 2}},
}

// records are one of each kind that EVE has a form of.
func records() []report.Record {
	v := &report.Verdict{Property: 5, Verdict: "detected", Type: "attack", Description: string(hostile)}
	v.Event(1, 10, 1)
	ev := v.Event(2, 20, 2)
	ev.Attributes = append(ev.Attributes, report.Attribute{Name: "ip.src", Kind: report.IP, B: []byte{10, 0, 0, 1}},
		report.Attribute{Name: "ip.dst", Kind: report.IP, B: []byte{10, 0, 0, 2}}, report.Attribute{Name: "x", Kind: report.Text, B: hostile})
	icmp := session(nil)
	icmp.Transport, icmp.Message, icmp.TCP = 1, [2]uint8{8, 0}, report.TCP{}
	odd := session(nil)
	odd.Transport, odd.Time = 253, -1
	return []report.Record{
		v, icmp, odd, session(nil), &report.NoSession{Time: 1, Proto: 30, Path: []uint32{99, 30}},
		&report.MicroFlows{}, &report.RADIUS{Calling: hostile}, &report.System{}, &report.Startup{Probe: "1"}, &report.Fragmentation{},
		&report.Status{}, &report.Licence{}, &report.EventReport{Name: "x"}, &report.QueryReport{},
		&report.UserAgent{Text: hostile}, &report.LTETopology{}, &report.LTEQoS{}, &report.Reconstruction{},
	}
}

// TestEVE holds that all lines of EVE are what the schema says.
func TestEVE(t *testing.T) {
	e := encoder()
	for _, r := range records() {
		if err := eve.Check(r.Append(nil, e)); err != nil {
			t.Error(err)
		}
	}
	for _, app := range allApps {
		s := session(app)
		if !s.HasEvent(e) {
			t.Fatalf("%T has no event", app)
		}
		if err := eve.Check(s.AppendEvent(nil, e)); err != nil {
			t.Error(err)
		}
	}
}

// TestEVEFlow reads the members of a flow back.
func TestEVEFlow(t *testing.T) {
	var got struct {
		Timestamp, Source string
		FlowID            int    `json:"flow_id"`
		CommunityID       string `json:"community_id"`
		App               string `json:"app_proto"`
		Flow              struct {
			Start  string
			Pkts   int `json:"pkts_toserver"`
			Bytes  int `json:"bytes_toclient"`
			Age    int
			Active *int `json:"active_flows"`
		}
	}
	line := session(nil).Append(nil, encoder())
	if err := json.Unmarshal(line, &got); err != nil {
		t.Fatal(err)
	}
	if got.Timestamp != "2023-11-14T22:13:25.123456+00:00" || got.Flow.Start != "2023-11-14T22:13:20.000000+00:00" || got.Flow.Age != 5 {
		t.Errorf("times of %s", line)
	}
	if got.FlowID != 12 || got.CommunityID != "1:LQU9qZlK+B5F3KDmev6m5PMibrg=" || got.App != "http" || got.Flow.Pkts != 5 || got.Flow.Bytes != 99 {
		t.Errorf("members of %s", line)
	}
}

// TestEVEGaps: a line whose numbers are filled in later is the line that has them
// from the start.
func TestEVEGaps(t *testing.T) {
	e := encoder()
	early, late := session(&report.FTP{ControlSession: 99}), session(&report.FTP{})
	late.ID = 0
	want, line := string(early.AppendEvent(nil, e)), late.AppendEvent([]byte(nil), e)
	if got := string(late.Gaps.Fill(nil, line, 4711, 12, 99)); got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
	want, line = string(early.Append(nil, e)), late.Append(line[:0], e)
	if got := string(late.Gaps.Fill(nil, line, 4711, 12, 99)); got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
	if strings.Contains(want, "4711") {
		t.Error("active flows are told")
	}
}

// TestEVEOfFiles: what only one program reads stays as it knows it.
func TestEVEOfFiles(t *testing.T) {
	r := &report.Behaviour{Time: 1e9, Proto: 7}
	if got, want := string(r.Append(nil, encoder())), string(r.Append(nil, report.NewEncoder(report.CSV, 3, `tr"ace.pcap`))); got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}

// TestEVEAllocatesNothing: lines go into memory that is there.
func TestEVEAllocatesNothing(t *testing.T) {
	e, buf := encoder(), make([]byte, 0, 8192)
	list := records()
	for i := range list {
		if n := testing.AllocsPerRun(100, func() { buf = list[i].Append(buf[:0], e) }); n != 0 {
			t.Errorf("%T: %v allocations", list[i], n)
		}
	}
	for _, app := range allApps {
		s := session(app)
		if n := testing.AllocsPerRun(100, func() { buf = s.AppendEvent(buf[:0], e) }); n != 0 {
			t.Errorf("%T: %v allocations", app, n)
		}
	}
}

// FuzzEVE holds that no text from the network makes a line that the schema does
// not allow.
func FuzzEVE(f *testing.F) {
	f.Add(hostile, hostile, hostile)
	f.Add([]byte("200 OK"), []byte("0012"), []byte("x"))
	e := encoder()
	f.Fuzz(func(t *testing.T, a, b, c []byte) {
		for _, app := range []report.App{
			&report.HTTP{Response: a, ContentLength: b, Host: c, URI: a, Method: b, MIME: c, Referer: a},
			&report.TLS{ServerName: append([]byte("x"), a...)}, &report.FTP{User: a, FileName: b, Password: c},
		} {
			if err := eve.Check(session(app).AppendEvent(nil, e)); err != nil {
				t.Error(err)
			}
		}
	})
}
