package afpacket

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"testing"

	"mmt/dataplane"
)

// testBlock is the size of the blocks of the rings of these tests.
const testBlock = pageSize

// sample is a packet as the kernel puts it into a block.
type sample struct {
	data   []byte
	wire   uint32
	status uint32
	tci    uint32
	tpid   uint16
	kind   uint8 // of sockaddr_ll
}

// macOf is how far behind a packet's header the kernel puts its bytes.
func macOf(link dataplane.LinkType) int {
	switch link {
	case dataplane.LinkEthernet:
		return 96 - 14
	case dataplane.LinkSLL:
		return 80 + 16
	}
	return 96
}

// put does the kernel's part: it fills block i and hands it over.
func put(r *ring, i int, samples ...sample) {
	block := r.mem[i<<r.shift : (i+1)<<r.shift]
	clear(block)
	order := binary.NativeEndian
	order.PutUint32(block[blockPackets:], uint32(len(samples)))
	order.PutUint32(block[blockFirst:], blockHeader)
	at := blockHeader
	for _, s := range samples {
		h := block[at:]
		mac := macOf(r.link)
		next := (mac + len(s.data) + 15) / 16 * 16
		order.PutUint32(h[packetNext:], uint32(next))
		order.PutUint32(h[packetSec:], 1700000000)
		order.PutUint32(h[packetNsec:], 123456789)
		order.PutUint32(h[packetSnapLen:], uint32(len(s.data)))
		order.PutUint32(h[packetLen:], s.wire)
		order.PutUint32(h[packetStatus:], statusUser|s.status)
		order.PutUint16(h[packetMAC:], uint16(mac))
		order.PutUint32(h[packetTCI:], s.tci)
		order.PutUint16(h[packetTPID:], s.tpid)
		copy(h[packetAddress:], []byte{17, 0, 0x86, 0xdd, 1, 0, 0, 0, 0, 2, s.kind, 6, 1, 2, 3, 4, 5, 6, 0, 0})
		order.PutUint16(h[packetAddress+addressHardware:], 512)
		copy(h[mac:], s.data)
		at += next
	}
	*r.status(i) = statusUser
}

// take reads packets that are ready, as Source does.
func take(t testing.TB, r *ring) (b dataplane.Burst) {
	t.Helper()
	takeInto(t, r, &b)
	return b
}

func takeInto(t testing.TB, r *ring, b *dataplane.Burst) {
	b.N = 0
	for b.N < dataplane.BurstSize && r.ready() {
		n, _, err := r.read(b.Packets[b.N:])
		if err != nil {
			t.Fatal(err)
		}
		b.N += n
	}
}

// testRing is a ring of so many small blocks.
func testRing(blocks int, link dataplane.LinkType) *ring {
	return newRing(make([]byte, blocks*testBlock), testBlock, form{link: link, port: 3, snap: defaultSnapLen})
}

func join(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

func TestFrames(t *testing.T) {
	hosts := []byte{1, 2, 3, 4, 5, 6, 11, 12, 13, 14, 15, 16}
	rest := []byte{0x08, 0x00, 0x45, 9, 9, 9}
	cooked := []byte{0, 4, 2, 0, 0, 6, 1, 2, 3, 4, 5, 6, 0, 0}
	for _, c := range []struct {
		name string
		link dataplane.LinkType
		in   sample
		want []byte
	}{
		{"no tag", dataplane.LinkEthernet, sample{data: join(hosts, rest), tci: 77, tpid: 0x88a8}, join(hosts, rest)},
		{"802.1Q", dataplane.LinkEthernet, sample{data: join(hosts, rest), status: statusTag, tci: 0xa123, tpid: 0x88a8},
			join(hosts, []byte{0x81, 0, 0xa1, 0x23}, rest)},
		{"802.1ad", dataplane.LinkEthernet, sample{data: join(hosts, rest), status: statusTag | statusTPID, tci: 5, tpid: 0x88a8},
			join(hosts, []byte{0x88, 0xa8, 0, 5}, rest)},
		{"cut before the type", dataplane.LinkEthernet, sample{data: hosts, status: statusTag, tci: 5}, join(hosts, []byte{0x81, 0, 0, 5})},
		{"cut in the addresses", dataplane.LinkEthernet, sample{data: hosts[:11], status: statusTag, tci: 5}, hosts[:11]},
		{"cooked", dataplane.LinkSLL, sample{data: rest, kind: 4}, join(cooked, []byte{0x86, 0xdd}, rest)},
		{"cooked with a tag", dataplane.LinkSLL, sample{data: rest, kind: 4, status: statusTag, tci: 5},
			join(cooked, []byte{0x81, 0, 0, 5, 0x86, 0xdd}, rest)},
		{"raw", dataplane.LinkRaw, sample{data: rest, status: statusTag}, rest},
		{"empty", dataplane.LinkRaw, sample{}, nil},
	} {
		r := testRing(2, c.link)
		c.in.wire = 1000
		put(r, 0, c.in)
		b := take(t, r)
		if b.N != 1 {
			t.Fatalf("%s: %d packets", c.name, b.N)
		}
		p := b.Packets[0]
		wire := uint32(1000 + len(c.want) - len(c.in.data))
		if !bytes.Equal(p.Data, c.want) || p.Len != wire || p.Time != 1700000000123456789 || p.Link != c.link {
			t.Errorf("%s: % x, %d bytes on the wire, at %d, link %d; want % x, %d", c.name, p.Data, p.Len, p.Time, p.Link, c.want, wire)
		}
		r.release(b.Packets[:1])
		if r.held() || *r.status(0) != statusAvailable {
			t.Errorf("%s: the block does not go back", c.name)
		}
	}
}

// TestBlocksGoBack: a block goes back with its last packet, whatever the order,
// and is not read again before.
func TestBlocksGoBack(t *testing.T) {
	const blocks, each = 3, 5
	r := testRing(blocks, dataplane.LinkRaw)
	var all []dataplane.Packet
	for i := range blocks {
		var samples []sample
		for k := range each {
			samples = append(samples, sample{data: []byte{byte(i), byte(k)}})
		}
		put(r, i, samples...)
	}
	b := take(t, r)
	if b.N != blocks*each {
		t.Fatalf("%d packets, want %d", b.N, blocks*each)
	}
	for i, p := range b.Packets[:b.N] {
		if p.Data[0] != byte(i/each) || p.Data[1] != byte(i%each) {
			t.Errorf("packet %d is % x", i, p.Data)
		}
		p.Data = p.Data[2:] // what is left of a packet still knows its block
		all = append(all, p)
	}
	rand.Shuffle(len(all), func(i, k int) { all[i], all[k] = all[k], all[i] })
	left := [blocks]int{each, each, each}
	for i := range all {
		block := int((uintptrOf(all[i].Data) - uintptrOf(r.mem)) / testBlock)
		if r.ready() {
			t.Fatal("a block that is held is read again")
		}
		r.release(all[i : i+1])
		r.release(all[i : i+1])
		left[block]--
		if got := *r.status(block) == statusAvailable; got != (left[block] == 0) {
			t.Errorf("%d packets of block %d are out, given back: %v", left[block], block, got)
		}
		if left[0] == 0 {
			break
		}
	}
	put(r, 0, sample{data: []byte{7}})
	if b := take(t, r); b.N != 1 || b.Packets[0].Data[0] != 7 {
		t.Errorf("%d packets when the ring came round", b.N)
	}
}

func TestEmptyBlock(t *testing.T) {
	r := testRing(2, dataplane.LinkRaw)
	put(r, 0)
	put(r, 1, sample{data: []byte{1}})
	if b := take(t, r); b.N != 1 {
		t.Errorf("%d packets behind an empty block", b.N)
	}
	if *r.status(0) != statusAvailable {
		t.Error("an empty block does not go back")
	}
}

func TestReleaseOfForeignMemory(t *testing.T) {
	r := testRing(2, dataplane.LinkRaw)
	put(r, 0, sample{data: []byte{1}})
	b := take(t, r)
	r.release([]dataplane.Packet{{Data: make([]byte, 10)}, {}})
	if !r.held() {
		t.Error("a packet of another source gives a block back")
	}
	r.release(b.Packets[:b.N])
	if r.held() {
		t.Error("the block does not go back")
	}
}

func TestGeometry(t *testing.T) {
	for _, c := range []struct{ buffer, snap, block, blocks int }{
		{defaultBuffer, defaultSnapLen, 1 << 18, 128},
		{1, defaultSnapLen, 1 << 17, 2},
		{1, 100, 4096, 2},
		{3 << 20, 1500, 1 << 18, 12},
		{100 << 20, maxSnapLen, 1 << 19, 200},
		{1 << 20, maxSnapLen, 1 << 19, 2},
	} {
		block, blocks := geometry(c.buffer, c.snap)
		if block != c.block || blocks != c.blocks {
			t.Errorf("buffer %d, snapshot length %d: %d blocks of %d, want %d of %d", c.buffer, c.snap, blocks, block, c.blocks, c.block)
		}
	}
}

// FuzzRing: whatever is in the ring, packets stay inside their block.
func FuzzRing(f *testing.F) {
	r := testRing(2, dataplane.LinkEthernet)
	put(r, 0, sample{data: make([]byte, 60), status: statusTag}, sample{data: make([]byte, 1500)})
	put(r, 1, sample{data: make([]byte, 9)})
	f.Add(r.mem, true)
	f.Add(r.mem[:testBlock+100], false)
	f.Fuzz(func(t *testing.T, mem []byte, ethernet bool) {
		link := dataplane.LinkSLL
		if ethernet {
			link = dataplane.LinkEthernet
		}
		r := testRing(2, link)
		copy(r.mem, mem)
		packets := make([]dataplane.Packet, 3)
		for n := 0; r.ready(); {
			block := r.block
			got, _, err := r.read(packets)
			for _, p := range packets[:got] {
				start := uintptrOf(p.Data) - uintptrOf(r.mem)
				if start < uintptr(block*testBlock) || start+uintptr(len(p.Data)) > uintptr((block+1)*testBlock) {
					t.Fatalf("a packet of block %d is at %d to %d", block, start, start+uintptr(len(p.Data)))
				}
			}
			if errors.Is(err, errRing) {
				return
			}
			if n += got; got == 0 || n > 2*testBlock/packetHeader {
				t.Fatalf("%d packets more, %d in all: there is no room for so many", got, n)
			}
		}
	})
}

// BenchmarkRing reads, touches and releases packets of 60 bytes with a VLAN tag,
// in bursts.
func BenchmarkRing(b *testing.B) {
	r := newRing(make([]byte, usualBlock*2), usualBlock, form{link: dataplane.LinkEthernet, snap: defaultSnapLen})
	samples := make([]sample, usualBlock/256) // each takes less than 256 bytes
	for i := range samples {
		samples[i] = sample{data: make([]byte, 60), status: statusTag}
	}
	put(r, 0, samples...)
	put(r, 1, samples...)
	var burst dataplane.Burst
	var sum byte
	b.ReportAllocs()
	b.ResetTimer()
	for n := 0; n < b.N; n += burst.N {
		if takeInto(b, r, &burst); burst.N == 0 {
			*r.status(0), *r.status(1) = statusUser, statusUser
		}
		for i := range burst.Packets[:burst.N] {
			sum += burst.Packets[i].Data[20]
		}
		r.release(burst.Packets[:burst.N])
	}
	if sum != 0 {
		b.Error("a packet has changed")
	}
}
