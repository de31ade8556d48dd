package industrial_test

import (
	"testing"

	"mmt/analyzer/proto/industrial"
	"mmt/analyzer/proto/prototest"
)

const (
	lpsLine   = "TrolleyPos: 32.981, Hoistpos: -0.042, NoOfMarkers: 3, m1: (58901,70912) , m2: (72175, 70950) , m6: (70644,58001)\n"
	craneLine = "T:2023-08-03 15:21:25.108736, PVAct: 1 , MhPos: 35.000, TrPos: -12.500, GaPos: 0.000, MhSpdRef: 0.0"
)

func TestLPS(t *testing.T) {
	for _, c := range []struct {
		line string
		want map[string]string
	}{
		{lpsLine, map[string]string{"trolley_pos": "32.981", "hoist_pos": "-0.042", "no_of_marker": "3",
			"m1_x": "58901", "m1_y": "70912", "m2_x": "72175", "m2_y": "70950", "m3_x": "", "m3_y": "", "m6_y": "58001", "order": "1"}},
		{craneLine, map[string]string{"trolley_pos": "-12.5", "hoist_pos": "35", "no_of_marker": "", "m1_x": "", "m1_y": "", "order": "1"}},
	} {
		n := prototest.New(t, industrial.LPS)
		for name := range c.want {
			n.Register("lps_data." + name)
		}
		if got := n.UDP(40000, 7000).Up([]byte(c.line)).Path(); got != "ethernet.ip.udp.lps_data" {
			t.Errorf("path %s", got)
		}
		for name, want := range c.want {
			if got := n.Value("lps_data." + name); got != want {
				t.Errorf("%s = %q, want %q", name, got, want)
			}
		}
		if got := n.TCP(40000, 7000).Up([]byte(c.line[:4]), []byte(c.line[4:])).Path(); got != "ethernet.ip.tcp.lps_data" {
			t.Errorf("over TCP: path %s", got)
		}
		f := n.UDP(40000, 7001)
		prototest.Prefixes([]byte(c.line), func(b []byte) { f.Up(b) })
	}
}

func TestLPSRefused(t *testing.T) {
	for _, line := range []string{"Trolley", "TrolleyBus: 1", "T:2023-08-03 15:21:25.108736, PVAct: 1 , MhPos: 35.000, GaPos: 0.000", "x" + lpsLine} {
		n := prototest.New(t, industrial.LPS)
		if got := n.UDP(40000, 7000).Up([]byte(line)).Path(); got != "ethernet.ip.udp.unknown" {
			t.Errorf("%q: path %s", line, got)
		}
	}
}
