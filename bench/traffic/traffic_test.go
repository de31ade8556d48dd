package traffic

import (
	"bytes"
	"encoding/binary"
	"errors"
	"net/netip"
	"slices"
	"strings"
	"testing"
)

func TestScenarioNames(t *testing.T) {
	all := Scenarios()
	for i, s := range all {
		if s.Name != strings.ToLower(s.Name) || s.Help == "" || s.Make == nil {
			t.Errorf("scenario %q is not complete", s.Name)
		}
		if i > 0 && all[i-1].Name >= s.Name {
			t.Errorf("%q comes after %q", s.Name, all[i-1].Name)
		}
	}
}

func TestCheck(t *testing.T) {
	if err := Check([]string{"web", "l2"}); err != nil {
		t.Errorf("known names: %v", err)
	}
	for name, want := range map[string]string{"wbe": `"web"`, "TLS1": `"tls"`, "fragment": `"fragments"`} {
		err := Check([]string{"web", name})
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v, want one that suggests %s", name, err, want)
		}
	}
}

func equal(a, b []Packet) bool {
	return slices.EqualFunc(a, b, func(x, y Packet) bool { return x.Time == y.Time && bytes.Equal(x.Data, y.Data) })
}

func TestGenerateIsDeterministic(t *testing.T) {
	all := Generate(7, nil, 2)
	if !equal(all, Generate(7, nil, 2)) {
		t.Error("two runs with one seed differ")
	}
	if equal(all, Generate(8, nil, 2)) {
		t.Error("another seed makes no difference")
	}
	if !equal(Mixed(7, 50), Mixed(7, 50)) {
		t.Error("two mixes with one seed differ")
	}
}

// TestGenerateIndependent: what a scenario looks like does not depend on the
// company it is in.
func TestGenerateIndependent(t *testing.T) {
	both := map[string]bool{}
	for _, p := range Generate(7, []string{"dns", "web"}, 1) {
		both[string(p.Data)] = true
	}
	for _, p := range Generate(7, []string{"web"}, 1) {
		if !both[string(p.Data)] {
			t.Fatalf("a packet of web alone is missing in web with dns: %x", p.Data)
		}
	}
}

func TestGenerateScale(t *testing.T) {
	for _, s := range Scenarios() {
		one, three := Generate(1, []string{s.Name}, 1), Generate(1, []string{s.Name}, 3)
		if len(one) == 0 || len(three) < 2*len(one) {
			t.Errorf("%s: %d packets in one round, %d in three", s.Name, len(one), len(three))
		}
		if equal(one, three[:len(one)]) && equal(one, three[len(one):2*len(one)]) {
			t.Errorf("%s: rounds are copies of each other", s.Name)
		}
	}
}

// TestFrames holds what is true of every frame of every scenario.
func TestFrames(t *testing.T) {
	for _, s := range Scenarios() {
		packets := Generate(3, []string{s.Name}, 1)
		for i, p := range packets {
			if i > 0 && p.Time < packets[i-1].Time {
				t.Errorf("%s: packet %d goes back in time", s.Name, i+1)
			}
			if p.Time%microsecond != 0 || p.Time < epoch || p.Time > epoch+60*second {
				t.Errorf("%s: packet %d has the time %d", s.Name, i+1, p.Time)
			}
			if len(p.Data) < 42 || len(p.Data) > 1518 {
				t.Errorf("%s: packet %d has %d bytes", s.Name, i+1, len(p.Data))
			}
			verifyIP(t, s.Name, i, p.Data)
		}
	}
}

// verifyIP checks lengths and checksums of an IP packet that follows the
// Ethernet header, by other code than the builders'.
func verifyIP(t *testing.T, name string, i int, frame []byte) {
	t.Helper()
	ip := frame[14:]
	switch binary.BigEndian.Uint16(frame[12:]) {
	case etherIPv4:
		n, total := int(ip[0]&15)*4, ip4Len(ip)
		if total > len(ip) || checksum(ip[:n]) != 0 {
			t.Errorf("%s: packet %d: wrong IPv4 header %x", name, i+1, ip[:n])
			return
		}
		if binary.BigEndian.Uint16(ip[6:])&0x3fff == 0 {
			verifyTransport(t, name, i, ip[9], address(ip[12:16]), address(ip[16:20]), ip[n:total])
		}
	case etherIPv6:
		total := 40 + int(binary.BigEndian.Uint16(ip[4:]))
		if total > len(ip) {
			t.Errorf("%s: packet %d: IPv6 length %d of %d", name, i+1, total, len(ip))
			return
		}
		verifyTransport(t, name, i, ip[6], address(ip[8:24]), address(ip[24:40]), ip[40:total])
	}
}

func address(b []byte) netip.Addr {
	a, _ := netip.AddrFromSlice(b)
	return a
}

func verifyTransport(t *testing.T, name string, i int, proto byte, src, dst netip.Addr, segment []byte) {
	t.Helper()
	switch proto {
	case protoUDP:
		if n := int(binary.BigEndian.Uint16(segment[4:])); n != len(segment) {
			t.Errorf("%s: packet %d: UDP length %d of %d", name, i+1, n, len(segment))
		}
		if segment[6]|segment[7] == 0 {
			return
		}
	case protoTCP, protoICMPv6:
	default:
		return
	}
	if got := transportSum(src, dst, proto, segment); got != 0 {
		t.Errorf("%s: packet %d: checksum of protocol %d is off by %04x", name, i+1, proto, got)
	}
}

func TestMixed(t *testing.T) {
	const flows = 2000
	packets := Mixed(1, flows)
	bytes := 0
	kinds := map[[2]uint16]int{} // protocol and server port of the first packet of a flow
	seen := map[string]bool{}
	for _, p := range packets {
		bytes += len(p.Data)
		if key, proto, port := flowOf(p.Data); !seen[key] {
			seen[key] = true
			kinds[[2]uint16{proto, port}]++
		}
	}
	if mean := bytes / len(packets); mean < 260 || mean > 340 {
		t.Errorf("packets have %d bytes on average, want about 300", mean)
	}
	if len(seen) < flows*98/100 || len(seen) > flows {
		t.Errorf("%d flows, want about %d", len(seen), flows)
	}
	for _, c := range []struct {
		name        string
		proto, port uint16
	}{{"web", protoTCP, portHTTP}, {"TLS", protoTCP, portHTTPS}, {"DNS", protoUDP, portDNS}} {
		if n := kinds[[2]uint16{c.proto, c.port}]; n < flows*26/100 || n > flows*34/100 {
			t.Errorf("%d of %d flows are %s, want about 30 %%", n, flows, c.name)
		}
	}
	sum := 0
	for _, s := range mix {
		sum += s.percent
	}
	if sum != 100 {
		t.Errorf("the parts of the mix add up to %d %%", sum)
	}
	interleaved(t, packets)
}

// interleaved fails where packets of one flow mostly follow each other.
func interleaved(t *testing.T, packets []Packet) {
	same := 0
	for i := 1; i < len(packets); i++ {
		a, _, _ := flowOf(packets[i-1].Data)
		b, _, _ := flowOf(packets[i].Data)
		if a == b {
			same++
		}
	}
	if same > len(packets)/2 {
		t.Errorf("%d of %d packets follow one of the same flow", same, len(packets))
	}
}

// flowOf names the flow of a frame without tags in either direction, with the
// IP protocol and the lower port.
func flowOf(frame []byte) (key string, proto, port uint16) {
	ip, n := frame[14:], 40
	proto, src, dst := uint16(ip[6]), ip[8:24], ip[24:40]
	if ip[0]>>4 == 4 {
		n = int(ip[0]&15) * 4
		proto, src, dst = uint16(ip[9]), ip[12:16], ip[16:20]
	}
	a, b := string(src), string(dst)
	if proto != protoICMP {
		a, b = a+string(ip[n:n+2]), b+string(ip[n+2:n+4])
		port = min(binary.BigEndian.Uint16(ip[n:]), binary.BigEndian.Uint16(ip[n+2:]))
	}
	return min(a, b) + max(a, b), proto, port
}

func TestWritePcap(t *testing.T) {
	var out bytes.Buffer
	if err := WritePcap(&out, []Packet{{1_700_000_000_000_042_000, []byte{1, 2, 3}}}); err != nil {
		t.Fatal(err)
	}
	want := "d4c3b2a1" + "02000400" + "0000000000000000" + "00000400" + "01000000" +
		"00f15365" + "2a000000" + "03000000" + "03000000" + "010203"
	if !bytes.Equal(out.Bytes(), fromHex(t, want)) {
		t.Errorf("%x, want %s", out.Bytes(), want)
	}
	if err := WritePcap(fullDisk{}, Generate(1, []string{"ntp"}, 1)); !errors.Is(err, errFull) {
		t.Errorf("error %v, want that of the writer", err)
	}
}

var errFull = errors.New("no space left")

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errFull }

func BenchmarkMixed(b *testing.B) {
	for b.Loop() {
		Mixed(1, 1000)
	}
}
