package session_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"mmt/analyzer/dpi"
	"mmt/analyzer/session"
)

// deliveries notes what TCP delivers: "up:text", with "up!text" after a gap.
func (x *probe) deliveries() *[]string {
	var got []string
	x.last = func(p *dpi.Packet) {
		if len(p.Stream) == 0 {
			return
		}
		mark := [2]string{"up", "down"}[p.Dir] + ":"
		if p.Gap {
			mark = strings.Replace(mark, ":", "!", 1)
		}
		got = append(got, mark+string(p.Stream))
	}
	return &got
}

// up and down are segments of an open connection, at an offset of the stream.
func up(off uint32, data string) seg {
	return seg{flags: ack, seq: 1001 + off, ack: 5001, data: data}
}

func down(off uint32, data string) seg {
	return seg{down: true, flags: ack, seq: 5001 + off, ack: 1001, data: data}
}

// with returns the segment with another acknowledgement.
func (s seg) with(ack uint32) seg {
	s.ack = ack
	return s
}

func TestStreams(t *testing.T) {
	for _, c := range []struct {
		name string
		segs []seg
		want string // of a session that is being classified
		fast string // of a session that is not; the same if empty
	}{
		{"in order", []seg{up(0, "abc"), up(3, "def"), down(0, "xyz")}, "up:abc up:def down:xyz", ""},
		{"retransmission", []seg{up(0, "abc"), up(0, "abc"), up(3, "def"), up(3, "def")}, "up:abc up:def", ""},
		{"other bytes again", []seg{up(0, "abc"), up(0, "ABC"), up(3, "d")}, "up:abc up:d", ""},
		{"longer again", []seg{up(0, "abc"), up(0, "ABCdef"), up(4, "EFgh")}, "up:abc up:def up:gh", ""},
		{"swapped", []seg{up(0, "a"), up(3, "cd"), up(1, "bb"), up(5, "e")}, "up:a up:bbcd up:e", "up:a up!cd up:e"},
		{"swapped twice", []seg{up(0, "a"), up(5, "ef"), up(3, "cd"), up(1, "bb")}, "up:a up:bbcdef", "up:a up!ef"},
		{"two holes", []seg{up(0, "a"), up(2, "c"), up(4, "e"), up(1, "b"), up(3, "d")}, "up:a up:bc up:de", "up:a up!c up!e"},
		{"waiting bytes stay", []seg{up(0, "a"), up(3, "DE"), up(1, "bcdef")}, "up:a up:bcDEf", "up:a up!DE up:f"},
		{"first missing", []seg{up(3, "def"), up(0, "abc")}, "up:abcdef", "same"},
		{"acknowledged hole", []seg{up(0, "a"), up(3, "d"), down(0, "x").with(1005), up(4, "e")}, "up:a down:x up!de", "up:a up!d down:x up:e"},
		{"hole of an empty segment", []seg{up(0, "a"), up(3, "d"), down(0, "x").with(1005), up(4, "")}, "up:a down:x up!d", "up:a up!d down:x"},
		{"hole not acknowledged", []seg{up(0, "a"), up(3, "d"), down(0, "x").with(1002), up(4, "e")}, "up:a down:x", "up:a up!d down:x up:e"},
		{"late after giving up", []seg{up(0, "a"), up(3, "d"), down(0, "x").with(1005), up(4, "e"), up(1, "bc")}, "up:a down:x up!de", "up:a up!d down:x up:e"},
		{"reset", []seg{up(0, "a"), up(3, "d"), {flags: rst, seq: 1005}}, "up:a up!d", "up:a up!d"},
		{"reason of a reset", []seg{up(0, "a"), {flags: rst, seq: 1002, data: "no more"}}, "up:a", ""},
		{"keep-alive", []seg{up(0, "abc"), down(0, "x").with(1004), up(2, "?"), up(3, "d")}, "up:abc down:x up:d", ""},
		{"zero-window probe", []seg{up(0, "abc"), up(3, "d"), up(3, "def")}, "up:abc up:d up:ef", ""},
		{"end", []seg{up(0, "abc"), {flags: fin | ack, seq: 1004, ack: 5001, data: "d"}, {flags: fin | ack, seq: 1004, ack: 5001, data: "d"}}, "up:abc up:d", ""},
		{"far away", []seg{up(0, "a"), up(1<<25, "b"), up(1<<25+1, "c")}, "up:a up!b up:c", ""},
	} {
		for _, undecided := range []bool{true, false} {
			x := newProbe(t, session.Config{}, settings{undecided: undecided})
			got := x.deliveries()
			x.handshake()
			want := c.want
			if !undecided {
				switch c.fast {
				case "same", "":
				default:
					want = c.fast
				}
			}
			for _, s := range c.segs {
				x.after(100).send(s.bytes())
			}
			if g := strings.Join(*got, " "); g != want {
				t.Errorf("%s, undecided %v: got %q, want %q", c.name, undecided, g, want)
			}
			x.table.Close()
			if s := x.table.Stats().Streams; s.Memory != 0 {
				t.Errorf("%s: %d bytes of memory are lost", c.name, s.Memory)
			}
		}
	}
}

func TestStreamStarts(t *testing.T) {
	for _, c := range []struct {
		name string
		segs []seg
		want string
	}{
		{"data with the SYN", []seg{{flags: syn, seq: 1000, data: "early"}, {down: true, flags: syn | ack, seq: 5000, ack: 1006}, {flags: ack, seq: 1006, ack: 5001, data: "more"}}, "up:early up:more"},
		{"copy of the SYN's data", []seg{{flags: syn, seq: 1000, data: "early"}, {flags: syn, seq: 1000, data: "early"}, {flags: ack, seq: 1006, data: "more"}}, "up:early up:more"},
		{"in the middle", []seg{{flags: ack, seq: 77, ack: 99, data: "abc"}, {flags: ack, seq: 80, ack: 99, data: "def"}}, "up:abc up:def"},
		{"in the middle, after a hole", []seg{{flags: ack, seq: 77, ack: 99, data: "abc"}, {down: true, flags: ack, seq: 102, ack: 80, data: "late"}, {flags: ack, seq: 80, ack: 106, data: "d"}, {down: true, flags: ack, seq: 106, ack: 81, data: "r"}}, "up:abc up:d down!later"},
		{"second half of the handshake", []seg{{down: true, flags: syn | ack, seq: 5000, ack: 1001}, {flags: ack, seq: 1001, ack: 5001, data: "abc"}, {down: true, flags: ack, seq: 5001, ack: 1004, data: "x"}}, "down:abc up:x"},
		{"second attempt", []seg{{flags: syn, seq: 1000}, {flags: syn, seq: 700000}, {down: true, flags: syn | ack, seq: 5000, ack: 700001}, {flags: ack, seq: 700001, ack: 5001, data: "abc"}}, "up:abc"},
		{"two answers", []seg{{flags: syn, seq: 1000}, {down: true, flags: syn | ack, seq: 5000, ack: 1001}, {down: true, flags: syn | ack, seq: 9000, ack: 1001}, {flags: ack, seq: 1001, ack: 5001}, {down: true, flags: ack, seq: 5001, ack: 1001, data: "x"}}, "down:x"},
		{"both at once", []seg{{flags: syn, seq: 1000}, {down: true, flags: syn, seq: 5000}, {flags: syn | ack, seq: 1000, ack: 5001}, {down: true, flags: syn | ack, seq: 5000, ack: 1001}, up(0, "abc"), down(0, "x")}, "up:abc down:x"},
		{"forged SYN", []seg{{flags: syn, seq: 1000}, {down: true, flags: syn | ack, seq: 5000, ack: 1001}, {flags: ack, seq: 1001, ack: 5001}, up(0, "a"), {flags: syn, seq: 7_000_000, data: "evil"}, up(1, "b")}, "up:a up:b"},
		{"wrap around", []seg{{flags: syn, seq: 0xfffffffd}, {down: true, flags: syn | ack, seq: 5000, ack: 0xfffffffe}, {flags: ack, seq: 0xfffffffe, ack: 5001, data: "ab"}, {flags: ack, seq: 2, ack: 5001, data: "ef"}, {flags: ack, seq: 0, ack: 5001, data: "cd"}}, "up:ab up:cdef"},
	} {
		x := newProbe(t, session.Config{}, settings{undecided: true})
		got := x.deliveries()
		for _, s := range c.segs {
			x.after(100).send(s.bytes())
		}
		if g := strings.Join(*got, " "); g != c.want {
			t.Errorf("%s: got %q, want %q", c.name, g, c.want)
		}
		if n := x.table.Len(); n != 1 {
			t.Errorf("%s: %d sessions", c.name, n)
		}
	}
}

// TestReassemblyGoesOn checks that the stream stays in order after
// classification where the configuration asks for it.
func TestReassemblyGoesOn(t *testing.T) {
	x := newProbe(t, session.Config{Reassembly: true}, settings{})
	got := x.deliveries()
	x.handshake()
	for _, s := range []seg{up(0, "a"), up(2, "c"), up(1, "b")} {
		x.send(s.bytes())
	}
	if g := strings.Join(*got, " "); g != "up:a up:bc" {
		t.Errorf("got %q", g)
	}
}

func TestHolesAreGivenUp(t *testing.T) {
	const window = 64 << 10
	config := session.Config{Reassembly: true, StreamWindow: window}
	t.Run("time", func(t *testing.T) {
		x := newProbe(t, config, settings{})
		got := x.deliveries()
		x.handshake()
		x.send(up(1, "b").bytes())
		x.after(3e6).send(up(2, "c").bytes())
		x.after(2e6).send(up(3, "d").bytes())
		x.send(up(9, "j").bytes())
		x.send(up(6, "g").bytes())
		x.after(3e6).send(up(4, "ef").bytes()) // one hole is filled, the other waits from now on
		x.after(3e6).send(up(10, "k").bytes())
		x.after(2e6).send(up(11, "l").bytes())
		if g := strings.Join(*got, " "); g != "up!bcd up:efg up!jkl" {
			t.Errorf("got %q", g)
		}
	})
	t.Run("window", func(t *testing.T) {
		x := newProbe(t, config, settings{})
		got := x.deliveries()
		x.handshake()
		data := strings.Repeat("x", 1000)
		n := 0
		for len(*got) == 0 && n < 1000 {
			x.send(up(1+uint32(n)*1000, data).bytes())
			n++
			if m := x.table.Stats().Streams.Memory; m > window*11/10 {
				t.Fatalf("%d bytes wait", m)
			}
		}
		if g := *got; len(g) != 1 || len(g[0]) != 3+n*1000 || g[0][2] != '!' || n < window/2000 {
			t.Fatalf("%d deliveries after %d segments", len(g), n)
		}
		if s := x.table.Stats().Streams; s.Gaps != 1 || s.LostBytes != 1 || s.Memory != 0 || s.Dropped != 0 {
			t.Errorf("%+v", s)
		}
	})
	t.Run("memory of all", func(t *testing.T) {
		const memory = 32 << 10
		x := newProbe(t, session.Config{Reassembly: true, StreamMemory: memory}, settings{})
		got := x.deliveries()
		for k := range 200 {
			s := up(1, strings.Repeat("y", 1000))
			s.from = fmt.Sprintf("10.0.1.%d:999", k)
			o := s
			o.flags, o.seq, o.data = syn, 1000, ""
			x.send(o.bytes())
			x.send(s.bytes())
			if m := x.table.Stats().Streams.Memory; m > memory {
				t.Fatalf("%d bytes wait", m)
			}
		}
		if len(*got) < 150 {
			t.Errorf("only %d of 200 sessions go on without memory", len(*got))
		}
		waiting := x.table.Stats().Streams.Memory / 1536
		x.table.Close()
		if s := x.table.Stats().Streams; s.Memory != 0 || s.Dropped != waiting*1000 {
			t.Errorf("%d waited: %+v", waiting, s)
		}
	})
}

// TestCutStream checks that bytes which the capture cut are a gap.
func TestCutStream(t *testing.T) {
	for _, undecided := range []bool{true, false} {
		x := newProbe(t, session.Config{}, settings{undecided: undecided})
		got := x.deliveries()
		x.handshake()
		x.sendCut(up(0, "abcdef").bytes(), 40+3)
		x.send(up(6, "g").bytes())
		x.send(up(7, "h").bytes())
		if g := strings.Join(*got, " "); g != "up:abc up!g up:h" {
			t.Errorf("got %q", g)
		}
	}
}

// FuzzStream sends the segments of a known stream split, again, out of order,
// overlapping, and lost, and checks that what is delivered is the stream: each
// delivery goes on where the last one ended, or tells of a gap, and what it
// delivers is right.
func FuzzStream(f *testing.F) {
	f.Add(uint64(1), uint32(0), true, []byte{1, 2, 3, 4, 5, 6, 7, 8})
	f.Add(uint64(2), uint32(0xffffff00), false, []byte{200, 0, 7, 100, 3, 255, 255, 9, 31, 64})
	f.Add(uint64(3), uint32(77), true, []byte("the segments of a stream in some order, and some of them again"))
	f.Fuzz(sendScript)
}

// TestRandomStreams does what FuzzStream does with random input.
func TestRandomStreams(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 9))
	for range 300 {
		script := make([]byte, r.IntN(60))
		for i := range script {
			script[i] = byte(r.Uint32())
		}
		sendScript(t, r.Uint64(), r.Uint32(), r.IntN(2) == 0, script)
	}
}

// sendScript sends the segments of a stream, what to do with each told by a byte
// of the script.
func sendScript(t *testing.T, seed uint64, isn uint32, reassembly bool, script []byte) {
	r := rand.New(rand.NewPCG(seed, 0))
	stream := text(5000)
	x := newProbe(t, session.Config{Reassembly: reassembly, StreamWindow: 4096, StreamMemory: 1 << 14}, settings{})
	delivered := []int{0}
	x.last = func(p *dpi.Packet) { delivered = checkDelivery(t, p, stream, delivered) }
	x.send(seg{flags: syn, seq: isn}.bytes())
	at := 0
	for _, step := range script {
		n := min(1+r.IntN(400), len(stream)-at)
		switch step % 8 {
		case 0: // lost
			at += n
			continue
		case 1: // something from before
			back := r.IntN(at + 1)
			x.send(seg{flags: ack, seq: isn + 1 + uint32(back), data: stream[back:min(back+n, len(stream))]}.bytes())
			continue
		case 2: // something from further on
			on := min(at+r.IntN(1000), len(stream))
			x.send(seg{flags: ack, seq: isn + 1 + uint32(on), data: stream[on:min(on+n, len(stream))]}.bytes())
			continue
		case 3: // the receiver has it
			x.send(seg{down: true, flags: ack, seq: 1, ack: isn + 1 + uint32(at)}.bytes())
			continue
		case 4:
			x.after(int64(step) * 50000)
		}
		x.send(seg{flags: ack, seq: isn + 1 + uint32(at), data: stream[at : at+n]}.bytes())
		at += n
	}
	x.table.Close()
	if s := x.table.Stats().Streams; s.Memory != 0 {
		t.Fatalf("%d bytes of memory are lost", s.Memory)
	}
}

// checkDelivery checks a packet's stream and returns where the delivered part of
// the whole stream may end: short pieces after a gap may be from several places.
func checkDelivery(t *testing.T, p *dpi.Packet, stream string, ends []int) (now []int) {
	if len(p.Stream) == 0 {
		return ends
	}
	try := func(at int) {
		if end := at + len(p.Stream); end <= len(stream) && stream[at:end] == string(p.Stream) {
			now = append(now, end)
		}
	}
	if p.Gap {
		for at := ends[0] + 1; at < len(stream); at++ {
			try(at)
		}
	} else {
		for _, at := range ends {
			try(at)
		}
	}
	if len(now) == 0 {
		t.Fatalf("behind %v come %d bytes that are not of the stream, gap %v", ends, len(p.Stream), p.Gap)
	}
	return now
}
