package hosts

import (
	"math/rand/v2"
	"net/netip"
	"testing"
)

func addrName(t testing.TB, table *Table, text string) string {
	t.Helper()
	id, ok := table.LookupAddr(netip.MustParseAddr(text).As16())
	if !ok {
		return ""
	}
	for _, a := range table.Applications() {
		if a.ID == id {
			return a.Name
		}
	}
	return "an id that is no application's"
}

func TestLookupAddr(t *testing.T) {
	table := load(t, `4000 whole web 192.0.2.0/24,2001:db8::/32
4001 part web 192.0.2.64/26,2001:db8:0:1::/64
4002 one web 192.0.2.127/32,2001:db8:0:1:ffff:ffff:ffff:ffff/128
4003 edges web 255.255.255.255/32,0.0.0.0/32,ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128
`)
	for addr, want := range map[string]string{
		"192.0.1.255": "", "192.0.2.0": "whole", "192.0.2.63": "whole", "192.0.2.64": "part", "192.0.2.126": "part",
		"192.0.2.127": "one", "192.0.2.128": "whole", "192.0.2.255": "whole", "192.0.3.0": "",
		"0.0.0.0": "edges", "0.0.0.1": "", "255.255.255.254": "", "255.255.255.255": "edges",
		"2001:db7:ffff::": "", "2001:db8::": "whole", "2001:db8::ffff": "whole", "2001:db8:0:1::": "part",
		"2001:db8:0:1:ffff:ffff:ffff:fffe": "part", "2001:db8:0:1:ffff:ffff:ffff:ffff": "one",
		"2001:db8:0:2::": "whole", "2001:db9::": "", "::": "", "::1": "",
		"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff": "edges", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe": "",
		"::fffe:192.0.2.1": "", "::192.0.2.1": "",

		"8.8.8.8": "google", "157.240.1.35": "facebook", "149.154.167.50": "telegram", "17.57.12.11": "apple",
		"104.16.1.1": "cloudflare", "23.246.10.139": "netflix", "52.112.0.1": "teams", "140.82.114.4": "github",
		"2a03:2880:fffe:b:face:b00c:0:99": "facebook", "2a00:1450:4007::1": "google", "10.1.2.3": "", "fe80::1": "",
	} {
		if got := addrName(t, table, addr); got != want {
			t.Errorf("%s belongs to %q, want %q", addr, got, want)
		}
	}
}

// longestBlock does what LookupAddr does, by trying every block.
func longestBlock(blocks map[netip.Prefix]owner, a netip.Addr) uint32 {
	var app uint32
	bits := -1
	for p, o := range blocks {
		if p.Bits() > bits && p.Contains(a) {
			app, bits = o.app, p.Bits()
		}
	}
	return app
}

// At the edges of every block, and in random places, the longest block decides.
func TestLookupAddrIsLongestPrefix(t *testing.T) {
	b := builtinBuilder(t)
	random := rand.New(rand.NewPCG(1, 2))
	for range 2000 { // nested blocks in a corner of the address space, in any order
		var a [4]byte
		a[0], a[1], a[2] = 240, byte(random.IntN(4)), byte(random.IntN(256))
		p := netip.PrefixFrom(netip.AddrFrom4(a), 8+random.IntN(25)).Masked()
		b.blocks[p] = owner{app: uint32(1 + random.IntN(900))}
	}
	var x addrIndex
	x.build(b.blocks)
	var addrs []netip.Addr
	for p := range b.blocks {
		last := lastAddr(p)
		addrs = append(addrs, p.Addr(), p.Addr().Next(), last, last.Next(), p.Addr().Prev())
	}
	for range 1000 {
		addrs = append(addrs, netip.AddrFrom4([4]byte{240, byte(random.IntN(5)), byte(random.IntN(256)), byte(random.IntN(256))}))
	}
	for _, a := range addrs {
		if !a.IsValid() {
			continue
		}
		key := a.As16()
		if got, want := x.lookup(&key), longestBlock(b.blocks, a); got != want {
			t.Fatalf("%s belongs to %d, want %d", a, got, want)
		}
	}
}
