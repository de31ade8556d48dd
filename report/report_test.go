package report

import (
	"flag"
	"net/netip"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write testdata/lines.golden anew")

// hostile holds what a packet can try: a quote, a backslash, a line end, a
// terminal command, C1, line separators, broken UTF-8, and good text.
const hostile = "a\"b\\c\r\nd\x1b[2J\x7f\u0085\u2028\u2029é\xff\xc3"

const second = int64(1e9)

func newSession() *Session {
	return &Session{
		Time: 1470104377*second + 868739999, Number: 1, Proto: 153,
		PathUp: []uint32{99, 178, 354, 153}, PathDown: []uint32{99, 178, 354, 153}, ActiveFlows: 18,
		Up: Volume{1176, 828, 6}, Down: Volume{1398, 1218, 3},
		First:  1470104377*second + 754759000,
		Client: netip.MustParseAddr("192.168.115.8"), Server: netip.MustParseAddr("106.185.35.110"),
		ClientMAC: [6]byte{0x00, 0x1c, 0x42, 0x8e, 0x70, 0x31}, ServerMAC: [6]byte{0x4c, 0x5e, 0x0c, 0xea, 0x03, 0x65},
		ID: 15, ServerPort: 80, ClientPort: 49597, Thread: 2,
		TCP: TCP{Handshake: 56329, Response: 26, Transfer: 57625, ServerResends: 10,
			ClientRTT: RTT{1, 3, 2}, ServerRTT: RTT{45598, 45600, 45599}},
		Family: 1, ContentClass: 4,
	}
}

func newHTTP() *HTTP {
	return &HTTP{
		ResponseTime: 49822, Transaction: 1, InteractionTime: 49822,
		Host: []byte("jp.kankan.1kxun.mobi"), MIME: []byte("application/x-javascript"),
		Referer: []byte("http://ad.1kxun.com/mac"), CDN: 2,
		URI:    []byte("/api/videos/10410.json?callback=jQuery18306855657112319022_1470103242123&_=1470104377698"),
		Method: []byte("GET"), Response: []byte("200 OK"), ContentLength: []byte("29027"), Block: 3,
	}
}

func newTLS() *TLS { return &TLS{ServerName: []byte("www.example.org"), CDN: 2} }

func with(app App) *Session {
	s := newSession()
	s.App = app
	return s
}

// goldens are the records of testdata/lines.golden, in its order.
func goldens() map[string]Record {
	v6 := newSession()
	v6.Client, v6.Server = netip.MustParseAddr("fe80::7af8:82ff:fed3:fbc2"), netip.MustParseAddr("ff02::2")
	v6.PathDown, v6.TCP = nil, TCP{}
	return map[string]Record{
		"startup":       &Startup{Time: 1795279227*second + 252377000, Probe: "1.0.0", DPI: "1.0.1", Security: `a "b" \ c`},
		"status":        &Status{Time: 1795279227*second + 252377000, NICPackets: 1 << 40, NICLost: 2, Packets: 3, LostPackets: 4, Bytes: 5, LostBytes: 6},
		"no session":    &NoSession{Time: second, Number: 1, Proto: 30, Path: []uint32{99, 30}, Traffic: Volume{126, 84, 3}},
		"fragmentation": &Fragmentation{Time: 5 * second, Path: []uint32{99, 178}, All: Fragments{376, 9}, Fragmented: Fragments{40, 1}},
		"session":       newSession(),
		"session v6":    v6,
		"session empty": &Session{},
		"http":          with(newHTTP()),
		"http hostile":  with(&HTTP{Host: []byte(hostile), URI: []byte(hostile)}),
		"tls":           with(newTLS()),
		"rtp":           with(&RTP{LossRate: 1.0 / 3, Burstiness: 2.5, MaxJitter: 160, OrderErrors: 0.0005}),
		"ftp": with(&FTP{User: []byte("anonymous"), Password: []byte("guest@"), FileSize: 1 << 33,
			FileName: []byte("a.zip"), Direction: 2, ControlSession: 1, ResponseTime: 29535}),
		"gtp": with(&GTP{OuterSource: netip.MustParseAddr("172.16.0.1"), OuterDestination: netip.MustParseAddr("2001:db8::1"),
			TEIDs: []uint32{4097, 4294967295}}),
		"gtp no teid":      with(&GTP{}),
		"playlist":         with(&Playlist{Version: 3, MediaSequence: 2680, TargetDuration: 8, AllowCache: true}),
		"playlist kept":    with(&Playlist{}),
		"transport stream": with(&TransportStream{NetworkRate: 45120, VideoRate: 120320, Retransmissions: 2, OutOfOrder: 1, ID: 77}),
		"lte subscriber":   &LTETopology{Time: second, Element: 1, Event: LTEAdded, IP: netip.MustParseAddr("10.45.0.2"), Kind: LTESubscriber, Name: []byte("208930100000001"), TMSI: 3237998081},
		"lte base station": &LTETopology{Time: second, Element: 2, Event: LTEAdded, IP: netip.MustParseAddr("10.3.0.1"), Kind: LTEBaseStation, Name: []byte(hostile)},
		"lte link":         &LTETopology{Time: second, Element: 1, Event: LTELinked, Parent: 2},
		"lte unlink":       &LTETopology{Time: second, Element: 1, Event: LTEUnlinked},
		"lte removal":      &LTETopology{Time: second, Element: 1, Event: LTERemoved},
		"lte qos":          &LTEQoS{Time: second, Element: 1, TEID: 4097, QCI: 5},
		"micro flows":      &MicroFlows{Time: 5 * second, Proto: 85, Flows: 31, Up: FlowVolume{31, 2540}, Down: FlowVolume{30, 4047}},
		"radius": &RADIUS{Time: second, Code: 4, FramedIP: netip.MustParseAddr("9.9.9.10"), Calling: []byte("33612345678"), Status: 1,
			Session: []byte("sess0001"), IMSI: []byte("208011234567890"), IMEI: []byte("3512345678901234"),
			GGSN: netip.MustParseAddr("10.0.0.2"), SGSN: netip.MustParseAddr("10.0.0.1"), SGSNNetwork: []byte("20801"),
			RAT: 6, Charging: []byte("0800"), LAC: 4660, Cell: 22136},
		"radius hostile": &RADIUS{Calling: []byte(hostile), Session: []byte(strings.Repeat("x", 300))},
		"system":         &System{Time: second, User: 82, Kernel: 18, FreeMemory: 23693588, AllMemory: 24684084},
		"licence":        &Licence{Time: second, Info: LicenceValid, MACs: [][6]byte{{0, 0x1c, 0x42, 0x8e, 0x70, 0x31}, {1, 2, 3, 4, 5, 255}}, Expiry: 4 * second, Probe: "1", DPI: "2"},
		"no licence":     &Licence{},
	}
}

// TestGolden compares lines with testdata/lines.golden: a name, the CSV line
// and the JSON line of each record, one empty line between records.
func TestGolden(t *testing.T) {
	const file = "testdata/lines.golden"
	records := goldens()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	blocks := strings.Split(strings.TrimSpace(string(text)), "\n\n")
	if len(blocks) != len(records) {
		t.Errorf("%s has %d records, want %d", file, len(blocks), len(records))
	}
	for i, block := range blocks {
		name, _, _ := strings.Cut(block, "\n")
		r := records[name]
		if r == nil {
			t.Fatalf("%s: unknown record %q", file, name)
		}
		got := name + "\n" + string(r.Append(nil, NewEncoder(CSV, 3, `eth/a "b".pcap`))) +
			"\n" + string(r.Append(nil, NewEncoder(JSON, 3, `eth/a "b".pcap`)))
		if got != block && !*update {
			t.Errorf("got\n%s\nwant\n%s", got, block)
		}
		blocks[i] = got
	}
	if *update {
		if err := os.WriteFile(file, []byte(strings.Join(blocks, "\n\n")+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func TestJSONEqualsCSV(t *testing.T) {
	for name, r := range goldens() {
		t.Run(name, func(t *testing.T) { checkLine(t, r, hostile) })
	}
}

func TestFieldCount(t *testing.T) {
	for name, want := range map[string]int{
		"startup": 7, "status": 10, "no session": 18, "fragmentation": 11, "session": 41,
		"http": 53, "tls": 43, "rtp": 45, "ftp": 48, "gtp": 44,
		"playlist": 45, "transport stream": 46, "lte subscriber": 10, "lte base station": 9, "lte link": 7, "lte unlink": 6, "lte removal": 6, "lte qos": 7, "micro flows": 10, "radius": 18, "system": 9, "licence": 10,
	} {
		if got := len(checkLine(t, goldens()[name], "eth0")); got != want {
			t.Errorf("%s has %d fields, want %d", name, got, want)
		}
	}
}

func TestLimits(t *testing.T) {
	long := []byte(strings.Repeat("x", 5000))
	s := with(&HTTP{Host: long, MIME: long, Referer: long, URI: long, Method: long, Response: long, ContentLength: long})
	line := checkLine(t, s, "eth0")
	for at, want := range map[int]int{45: MaxHost, 46: MaxMIME, 47: MaxReferer, 49: MaxURI, 50: MaxMethod, 51: MaxResponse, 52: MaxContentLength} {
		if got := len(line[at-1].text); got != want {
			t.Errorf("field %d has %d bytes, want %d", at, got, want)
		}
	}
	s = with(&HTTP{Response: []byte("401 Authorization Required")})
	if got := checkLine(t, s, "eth0")[50].text; got != "401 Authorization R" {
		t.Errorf("response %q", got)
	}
}

func FuzzLine(f *testing.F) {
	f.Add([]byte(hostile), []byte(`","`), []byte{0}, []byte("\xed\xa0\x80"), "eth0")
	f.Add([]byte("[1,2]"), []byte("]"), []byte("\xf0\x9f\x92"), []byte("é"), "\n")
	f.Fuzz(func(t *testing.T, a, b, c, d []byte, source string) {
		for _, app := range []App{
			&HTTP{Host: a, MIME: b, Referer: c, URI: d, Method: a, Response: b, ContentLength: c},
			&TLS{ServerName: a},
			&FTP{User: b, Password: c, FileName: d},
		} {
			want := map[string]int{",1": 53, ",2": 43, ",4": 48}[app.format()]
			if got := len(checkLine(t, with(app), source)); got != want {
				t.Errorf("format %s: %d fields, want %d", app.format(), got, want)
			}
		}
		checkLine(t, &Startup{Probe: source, DPI: string(a), Security: string(b)}, string(c))
	})
}

func TestNoAllocation(t *testing.T) {
	for name, r := range goldens() {
		for _, format := range []Format{CSV, JSON} {
			e := NewEncoder(format, 3, "eth0")
			buf := make([]byte, 0, 8192)
			if n := testing.AllocsPerRun(100, func() { buf = r.Append(buf[:0], e) }); n != 0 {
				t.Errorf("%s: %v allocations a line", name, n)
			}
		}
	}
}

func benchmark(b *testing.B, format Format, r Record) {
	e := NewEncoder(format, 3, "enp1s0f0")
	buf := make([]byte, 0, 4096)
	b.ReportAllocs()
	for b.Loop() {
		buf = r.Append(buf[:0], e)
	}
	b.SetBytes(int64(len(buf)))
}

func BenchmarkSession(b *testing.B)     { benchmark(b, CSV, newSession()) }
func BenchmarkSessionJSON(b *testing.B) { benchmark(b, JSON, newSession()) }
func BenchmarkSessionTLS(b *testing.B)  { benchmark(b, CSV, with(newTLS())) }
func BenchmarkSessionHTTP(b *testing.B) { benchmark(b, CSV, with(newHTTP())) }

func BenchmarkSessionHTTPJSON(b *testing.B) { benchmark(b, JSON, with(newHTTP())) }

func BenchmarkSessionIPv6(b *testing.B) { benchmark(b, CSV, goldens()["session v6"]) }
