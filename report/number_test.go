package report

import (
	"fmt"
	"math"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"testing"
)

func TestUint(t *testing.T) {
	values := []uint64{0, math.MaxUint64, math.MaxUint64 - 1}
	for p := uint64(1); p <= 1e19/10; p *= 10 {
		values = append(values, p-1, p, p+1, 9*p, 12345678901234567890/p)
	}
	for _, v := range values {
		want := "," + strconv.FormatUint(v, 10)
		if got := string(appendUintField(nil, v)); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestTime(t *testing.T) {
	for ns, want := range map[int64]string{
		0:                             "0.000000",
		999:                           "0.000000",
		1000:                          "0.000001",
		999_999_999:                   "0.999999",
		1_470_104_377_868_739_000:     "1470104377.868739",
		946_742_154_132_991_000:       "946742154.132991",
		1_000_000_010_020_030_000:     "1000000010.020030",
		-1_500_000_000:                "-1.500000",
		math.MaxInt64:                 "9223372036.854775",
		math.MinInt64:                 "-9223372036.854775",
		1_700_000_000 * 1_000_000_000: "1700000000.000000",
	} {
		if got := string(appendTime(nil, ns)); got != want {
			t.Errorf("%d: got %s, want %s", ns, got, want)
		}
	}
}

func TestRatio(t *testing.T) {
	for v, want := range map[float64]string{
		0: ",0.000", 1: ",1.000", 0.0005: ",0.001", 2.0 / 3: ",0.667",
		math.Inf(1): ",0.000", math.Inf(-1): ",0.000", -0.25: ",-0.250",
	} {
		if got := string(appendRatioField(nil, v)); got != want {
			t.Errorf("%v: got %s, want %s", v, got, want)
		}
	}
	if got := string(appendRatioField(nil, math.NaN())); got != ",0.000" {
		t.Errorf("NaN: got %s", got)
	}
}

func TestAddrEqualsNetip(t *testing.T) {
	for _, s := range []string{
		"0.0.0.0", "255.255.255.255", "10.45.0.2", "9.99.100.199", "::", "::1", "1::", "fe80::1%eth0",
		"2a00:d40:1:3:7aac:c0ff:fea7:d4c", "2a03:b0c0:3:d0::70:1001", "1:0:0:2:0:0:0:3", "1:0:2:3:4:5:6:7",
		"::ffff:1.2.3.4", "::1.2.3.4", "64:ff9b::808:808", "0:0:1::", "1:2:3:4:5:6:7:0",
	} {
		a := netip.MustParseAddr(s)
		want := `,"` + a.WithZone("").String() + `"`
		if got := string(appendAddrField(nil, a)); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	if got := string(appendAddrField(nil, netip.Addr{})); got != `,""` {
		t.Errorf("no address: got %s", got)
	}
}

func TestMAC(t *testing.T) {
	mac := [6]byte{0x00, 0x1c, 0xff, 0x8e, 0xa0, 0x09}
	want := fmt.Sprintf(",%q", strings.ToUpper(net.HardwareAddr(mac[:]).String()))
	if got := string(appendMACField(nil, &mac)); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestLists(t *testing.T) {
	for _, c := range []struct {
		ids        []uint32
		list, path string
	}{
		{nil, ",[]", `,""`},
		{[]uint32{7}, ",[7]", `,"7"`},
		{[]uint32{99, 178, 4294967295}, ",[99,178,4294967295]", `,"99.178.4294967295"`},
	} {
		if got := string(appendListField(nil, c.ids)); got != c.list {
			t.Errorf("got %s, want %s", got, c.list)
		}
		if got := string(appendPathField(nil, c.ids)); got != c.path {
			t.Errorf("got %s, want %s", got, c.path)
		}
	}
}
