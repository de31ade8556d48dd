package report

import (
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// samplesDir finds the real lines given beside the repository.
func samplesDir(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; dir != "/"; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
	}
	samples := filepath.Join(dir, "..", "shared", "reference", "report-samples")
	if _, err := os.Stat(samples); err != nil {
		t.Skipf("no report samples at %s: lines are checked against testdata only", samples)
	}
	return samples
}

// fields walks over the fields of one sample line.
type fields struct {
	t    *testing.T
	rest []field
}

func (f *fields) next() field {
	f.t.Helper()
	if len(f.rest) == 0 {
		f.t.Fatal("the line has too few fields")
	}
	x := f.rest[0]
	f.rest = f.rest[1:]
	return x
}

func (f *fields) text() []byte { return []byte(f.next().text) }

func (f *fields) uint() uint64 {
	f.t.Helper()
	v, err := strconv.ParseUint(f.next().text, 10, 64)
	if err != nil {
		f.t.Fatal(err)
	}
	return v
}

func (f *fields) float() float64 {
	f.t.Helper()
	v, err := strconv.ParseFloat(f.next().text, 64)
	if err != nil {
		f.t.Fatal(err)
	}
	return v
}

// time reads seconds.micros; half a microsecond is added, as nanoseconds of a
// real clock would be there.
func (f *fields) time() int64 {
	f.t.Helper()
	v, err := strconv.ParseInt(strings.Replace(f.next().text, ".", "", 1), 10, 64)
	if err != nil {
		f.t.Fatal(err)
	}
	return v*1000 + 500
}

func (f *fields) ids(separator string) (ids []uint32) {
	f.t.Helper()
	for _, s := range strings.FieldsFunc(f.next().text, func(r rune) bool { return strings.ContainsRune(separator, r) }) {
		v, err := strconv.ParseUint(s, 10, 32)
		if err != nil {
			f.t.Fatal(err)
		}
		ids = append(ids, uint32(v))
	}
	return ids
}

func (f *fields) addr() netip.Addr {
	f.t.Helper()
	a, err := netip.ParseAddr(f.next().text)
	if err != nil {
		f.t.Fatal(err)
	}
	return a
}

// mayAddr reads an address that may be empty.
func (f *fields) mayAddr() netip.Addr {
	a, _ := netip.ParseAddr(f.next().text)
	return a
}

func (f *fields) mac() [6]byte {
	f.t.Helper()
	mac, err := net.ParseMAC(f.next().text)
	if err != nil {
		f.t.Fatal(err)
	}
	return [6]byte(mac)
}

func (f *fields) volume() Volume {
	return Volume{Data: f.uint(), Payload: f.uint(), Packets: f.uint()}
}

func (f *fields) startup(t int64) Record {
	return &Startup{Time: t, Probe: string(f.text()), DPI: string(f.text()), Security: string(f.text())}
}

func (f *fields) microFlows(t int64) Record {
	r := &MicroFlows{Time: t, Proto: uint32(f.uint()), Flows: f.uint()}
	r.Down.Packets, r.Up.Packets, r.Down.Data, r.Up.Data = f.uint(), f.uint(), f.uint(), f.uint()
	return r
}

func (f *fields) radius(t int64) Record {
	r := &RADIUS{Time: t, Code: uint8(f.uint()), FramedIP: f.addr(), Calling: f.text(), Status: uint32(f.uint()), Session: f.text(), IMSI: f.text(), IMEI: f.text()}
	r.GGSN, r.SGSN = f.mayAddr(), f.mayAddr()
	r.SGSNNetwork, r.RAT, r.Charging, r.LAC, r.Cell = f.text(), uint8(f.uint()), f.text(), uint32(f.uint()), uint32(f.uint())
	return r
}

func (f *fields) system(t int64) Record {
	return &System{Time: t, User: f.uint(), Kernel: f.uint(), Idle: f.uint(), FreeMemory: f.uint(), AllMemory: f.uint()}
}

func (f *fields) noSession(t int64) Record {
	r := &NoSession{Time: t, Number: f.uint(), Proto: uint32(f.uint()), Path: f.ids(".")}
	f.next()
	r.Traffic = f.volume()
	f.volume()
	f.volume()
	r.First = f.time()
	return r
}

func (f *fields) fragmentation(t int64) Record {
	r := &Fragmentation{Time: t, Path: f.ids(".")}
	r.All = Fragments{Data: f.uint(), Packets: f.uint()}
	r.Fragmented = Fragments{Data: f.uint(), Packets: f.uint()}
	f.uint()
	f.uint()
	return r
}

func (f *fields) session(t int64) Record {
	r := &Session{Time: t, Number: f.uint(), Proto: uint32(f.uint()), PathUp: f.ids("."), PathDown: f.ids("."), ActiveFlows: f.uint()}
	f.volume()
	r.Up, r.Down = f.volume(), f.volume()
	r.First = f.time()
	r.Client, r.Server = f.addr(), f.addr()
	r.ClientMAC, r.ServerMAC = f.mac(), f.mac()
	r.ID, r.ServerPort, r.ClientPort = f.uint(), uint16(f.uint()), uint16(f.uint())
	r.Thread = uint32(f.uint())
	r.TCP = f.tcp()
	format := f.uint()
	r.Family, r.ContentClass = uint32(f.uint()), uint32(f.uint())
	r.App = f.app(format)
	return r
}

func (f *fields) tcp() (t TCP) {
	for _, v := range []*uint64{
		&t.Handshake, &t.Response, &t.Transfer,
		&t.ClientRTT.Min, &t.ServerRTT.Min, &t.ClientRTT.Max, &t.ServerRTT.Max, &t.ClientRTT.Avg, &t.ServerRTT.Avg,
		&t.ClientResends, &t.ServerResends,
	} {
		*v = f.uint()
	}
	return t
}

func (f *fields) app(format uint64) App {
	switch format {
	case 0:
		return nil
	case 1:
		return f.http()
	case 2:
		return &TLS{ServerName: f.text(), CDN: uint8(f.uint())}
	case 3:
		return &RTP{LossRate: f.float(), Burstiness: f.float(), MaxJitter: f.uint(), OrderErrors: f.float()}
	case 5:
		return &GTP{OuterSource: f.addr(), OuterDestination: f.addr(), TEIDs: f.ids("[,]")}
	}
	f.t.Fatalf("application format %d has no sample reader", format)
	return nil
}

func (f *fields) http() App {
	return &HTTP{
		ResponseTime: f.uint(), Transaction: f.uint(), InteractionTime: f.uint(),
		Host: f.text(), MIME: f.text(), Referer: f.text(), CDN: uint8(f.uint()),
		URI: f.text(), Method: f.text(), Response: f.text(), ContentLength: f.text(), Block: f.uint(),
	}
}

// rerender reads a sample line into a record and writes it again.
func rerender(t *testing.T, line string) string {
	t.Helper()
	f := &fields{t: t, rest: splitCSV(t, line)}
	id, probe, source, at := f.uint(), f.uint(), f.next().text, f.time()
	read := map[uint64]func(int64) Record{1: f.startup, 8: f.microFlows, 9: f.radius, 201: f.system, 99: f.noSession, 100: f.session, 101: f.fragmentation}[id]
	if read == nil {
		t.Fatalf("report %d has no sample reader", id)
	}
	record := read(at)
	if len(f.rest) > 0 {
		t.Fatalf("%d fields left over in %s", len(f.rest), line)
	}
	return string(record.Append(nil, NewEncoder(CSV, uint32(probe), source)))
}

func TestSamples(t *testing.T) {
	dir := samplesDir(t)
	for _, pattern := range []string{"type_1.csv", "type_8.csv", "type_9.csv", "type_201.csv", "type_99.csv", "type_100_*.csv", "type_101.csv"} {
		files, _ := filepath.Glob(filepath.Join(dir, pattern))
		if len(files) == 0 {
			t.Errorf("no sample %s in %s", pattern, dir)
		}
		for _, file := range files {
			t.Run(filepath.Base(file), func(t *testing.T) { testSampleFile(t, file) })
		}
	}
}

func testSampleFile(t *testing.T, file string) {
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSuffix(line, "\n")
		if got := rerender(t, line); got != line {
			t.Errorf("got  %s\nwant %s", got, line)
		}
	}
}
