package traffic

import (
	"hash/fnv"
	"math/rand/v2"
	"net/netip"
)

// Units of time in nanoseconds.
const (
	microsecond = int64(1000)
	millisecond = 1000 * microsecond
	second      = 1000 * millisecond
)

// epoch is when every trace begins: 2024-05-01 00:00:00 UTC. Times must not
// depend on the day on which the generator runs.
const epoch = 1714521600 * second

// roundSpan is how long the beginnings of a round's conversations spread.
const roundSpan = 5 * second

// Gen collects the packets of one round of a scenario and is its only source
// of chance.
type Gen struct {
	rng     *rand.Rand
	packets []Packet
	base    int64  // ns, when the round begins
	span    int64  // ns, in which conversations begin
	ipID    uint16 // last IPv4 identification

	identities map[string]identity // certificates made so far, by host
}

func newGen(seed int64, name string, round int) *Gen {
	return &Gen{
		rng:  rand.New(rand.NewPCG(uint64(seed), hash64(name)+uint64(round))),
		base: epoch + int64(round)*2*roundSpan,
		span: roundSpan,
	}
}

func hash64(s string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(s))
	return h.Sum64()
}

// add appends a frame. Times are cut to microseconds, so that the classic
// trace format loses nothing.
func (g *Gen) add(t int64, frame []byte) {
	g.packets = append(g.packets, Packet{t - t%microsecond, frame})
}

// begin is when a new conversation starts.
func (g *Gen) begin() int64 { return g.base + g.rng.Int64N(g.span) }

// between returns a number in lo..hi, both included.
func (g *Gen) between(lo, hi int) int { return lo + g.rng.IntN(hi-lo+1) }

// chance is true in percent of 100 cases.
func (g *Gen) chance(percent int) bool { return g.rng.IntN(100) < percent }

// bytes returns n random bytes.
func (g *Gen) bytes(n int) []byte {
	b := make(wire, 0, n+7)
	for len(b) < n {
		b = b.le64(g.rng.Uint64())
	}
	return b[:n]
}

func (g *Gen) u16() uint16 { return uint16(g.rng.Uint32()) }
func (g *Gen) u32() uint32 { return g.rng.Uint32() }

// port returns a client port of the dynamic range (RFC 6335 section 6).
func (g *Gen) port() uint16 { return uint16(g.between(49152, 65535)) }

// nextID returns a new IPv4 identification.
func (g *Gen) nextID() uint16 {
	g.ipID++
	return g.ipID
}

// size is the length of an answer: most are short, few are long.
func (g *Gen) size() int {
	if g.chance(85) {
		return g.between(150, 900)
	}
	return g.between(900, 8000)
}

func pick[T any](g *Gen, from []T) T { return from[g.rng.IntN(len(from))] }

// text returns about n bytes of sentences.
func (g *Gen) text(n int) string {
	words := []string{"the", "packet", "flows", "through", "a", "network", "of", "hosts", "and", "links",
		"where", "every", "session", "has", "two", "ends", "one", "path", "many", "reports"}
	var w wire
	for len(w) < n {
		w = w.str(pick(g, words)).u8(" \n"[g.rng.IntN(8)/7])
	}
	return string(w)
}

// client returns the IPv4 address of a new client.
func (g *Gen) client() netip.Addr {
	return netip.AddrFrom4([4]byte{10, byte(g.u16()), byte(g.u16()), byte(g.between(2, 250))})
}

// client6 returns the IPv6 address of a new client.
func (g *Gen) client6() netip.Addr { return ip6From(0x20010db8_000c0000, g.rng.Uint64()) }

// neighbour returns another address of the same /24 as host.
func (g *Gen) neighbour(host netip.Addr) netip.Addr {
	a := host.As4()
	a[3] = byte(2 + (int(a[3])-2+g.between(1, 248))%249)
	return netip.AddrFrom4(a)
}

// server is the IPv4 address of the host of that name.
func server(name string) netip.Addr {
	h := hash64(name)
	return netip.AddrFrom4([4]byte{198, 18 + byte(h>>16&1), byte(h >> 8), byte(1 + h%254)})
}

// server6 is the IPv6 address of the host of that name.
func server6(name string) netip.Addr { return ip6From(0x20010db8_005e0000, hash64(name)) }

func ip6From(prefix, host uint64) netip.Addr {
	return netip.AddrFrom16([16]byte(wire{}.u64(prefix).u64(host)))
}

func addr(s string) netip.Addr { return netip.MustParseAddr(s) }
