package pcapfile

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"strings"
	"testing"
	"testing/iotest"

	"mmt/dataplane"
	"mmt/dataplane/filter"
)

// TestStreams reads the same trace in every way that a stream can arrive.
func TestStreams(t *testing.T) {
	want := samples(500)
	for format, trace := range map[string][]byte{
		"pcap": classicTrace(t, want, true, binary.LittleEndian), "pcapng": ngTrace(want, binary.BigEndian),
	} {
		packed := gzipped(t, trace)
		twoMembers := append(gzipped(t, trace[:1000]), gzipped(t, trace[1000:])...)
		for name, r := range map[string]io.Reader{
			"at once":              bytes.NewReader(trace),
			"byte by byte":         iotest.OneByteReader(bytes.NewReader(trace)),
			"error with the data":  iotest.DataErrReader(bytes.NewReader(trace)),
			"gzip":                 bytes.NewReader(packed),
			"gzip byte by byte":    iotest.OneByteReader(bytes.NewReader(packed)),
			"gzip of two members":  bytes.NewReader(twoMembers),
			"gzip, error with end": iotest.DataErrReader(bytes.NewReader(packed)),
		} {
			t.Run(format+"/"+name, func(t *testing.T) {
				s, err := NewReader(r, "stream", Options{})
				if err != nil {
					t.Fatal(err)
				}
				defer s.Close()
				got, err := readAll(t, s)
				if err != nil {
					t.Fatal(err)
				}
				comparePackets(t, got, want)
				if read, total := s.Position(); read != int64(len(trace)) || total != -1 {
					t.Errorf("position %d of %d, want %d of -1", read, total, len(trace))
				}
			})
		}
	}
}

// TestGzipFile has a name that does not tell that the file is packed.
func TestGzipFile(t *testing.T) {
	want := samples(100)
	comparePackets(t, readFile(t, writeFile(t, gzipped(t, ngTrace(want, binary.LittleEndian)))), want)
}

func TestStandardInput(t *testing.T) {
	want := samples(300)
	trace := classicTrace(t, want, true, binary.BigEndian)
	for name, content := range map[string][]byte{"plain": trace, "gzip": gzipped(t, trace)} {
		t.Run(name, func(t *testing.T) {
			r, w, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			old := os.Stdin
			os.Stdin = r
			defer func() { os.Stdin = old }()
			go func() {
				defer w.Close()
				w.Write(content)
			}()
			comparePackets(t, readFile(t, "-"), want)
		})
	}
}

// TestPipeDoesNotWait makes sure that packets come out as soon as they are in a
// pipe, not when a burst is full.
func TestPipeDoesNotWait(t *testing.T) {
	r, w := io.Pipe()
	defer w.Close()
	list := samples(2)
	trace := classicTrace(t, list, true, binary.LittleEndian)
	go w.Write(trace)
	s, err := NewReader(r, "pipe", Options{})
	if err != nil {
		t.Fatal(err)
	}
	var b dataplane.Burst
	if err := s.Receive(&b); err != nil || b.N == 0 {
		t.Fatalf("%d packets, %v", b.N, err)
	}
}

// TestGzipCutAnywhere cuts packed traces behind each byte.
func TestGzipCutAnywhere(t *testing.T) {
	want := samples(12)
	packed := gzipped(t, classicTrace(t, want, true, binary.LittleEndian))
	for cut := range packed {
		s, err := NewReader(bytes.NewReader(packed[:cut]), "stream", Options{})
		if err != nil {
			continue
		}
		got, err := readAll(t, s)
		comparePackets(t, got, want[:len(got)])
		if d := asDamage(t, err); d.Reason != "the gzip data ends too early" {
			t.Fatalf("cut at %d: %v", cut, err)
		}
	}
}

func TestGzipDamaged(t *testing.T) {
	want := samples(5000)
	packed := gzipped(t, classicTrace(t, want, true, binary.LittleEndian))
	for i := range 20 {
		packed[len(packed)/2+i] ^= 0x5a
	}
	s, err := NewReader(bytes.NewReader(packed), "stream", Options{})
	if err != nil {
		t.Fatal(err)
	}
	got, err := readAll(t, s)
	if d := asDamage(t, err); len(got) == 0 || d.Packet != uint64(len(got)) {
		t.Errorf("%d packets, %v", len(got), err)
	}
}

func TestReadError(t *testing.T) {
	trace := classicTrace(t, samples(10), true, binary.LittleEndian)
	broken := errors.New("cable pulled")
	s, err := NewReader(io.MultiReader(bytes.NewReader(trace), iotest.ErrReader(broken)), "stream", Options{})
	if err != nil {
		t.Fatal(err)
	}
	got, err := readAll(t, s)
	comparePackets(t, got, samples(10))
	if !errors.Is(err, broken) || !strings.HasPrefix(err.Error(), "stream: ") {
		t.Errorf("%v", err)
	}
}

// endless is a trace of equal packets without end.
type endless struct {
	head, record []byte
	at           int
}

func newEndless(t testing.TB, size int) *endless {
	trace := classicTrace(t, []dataplane.Packet{{Data: bytes.Repeat([]byte{7}, size), Time: 1e9, Len: uint32(size)}}, true, binary.LittleEndian)
	return &endless{head: trace[:24], record: trace[24:]}
}

func (e *endless) Read(p []byte) (n int, err error) {
	if len(e.head) > 0 {
		n = copy(p, e.head)
		e.head = e.head[n:]
	}
	for n < len(p) {
		k := copy(p[n:], e.record[e.at:])
		n += k
		e.at = (e.at + k) % len(e.record)
	}
	return n, nil
}

// TestHeldBursts holds many bursts of a stream and releases them in the order in
// which they came, in others than they came in: their bytes stay, and there is
// no more memory than they need.
func TestHeldBursts(t *testing.T) {
	s, err := NewReader(newEndless(t, 9000), "endless", Options{})
	if err != nil {
		t.Fatal(err)
	}
	const most = 150
	var held []*dataplane.Burst
	packets, highest := 0, 0
	for range 3 * most {
		b := new(dataplane.Burst)
		if err := s.Receive(b); err != nil || b.N == 0 {
			t.Fatalf("%d packets, %v", b.N, err)
		}
		packets += b.N
		highest = max(highest, packets)
		held = append(held, b)
		if len(held) == most {
			packets -= held[0].N
			whole(t, held[0])
			s.Release(split(held[0]))
			s.Release(held[0])
			s.Release(held[0]) // twice does no harm
			held = held[1:]
		}
	}
	// At each chunk's end there is no room for the next packet.
	need := highest*9016/(chunkSize-9016) + 2
	if n := len(s.win.src.chunks); n < 64 || n > need {
		t.Errorf("%d chunks for %d packets, want up to %d", n, highest, need)
	}
	for i := len(held) - 1; i >= 0; i-- {
		whole(t, held[i])
		s.Release(held[i])
	}
	for _, c := range s.win.src.chunks {
		if c.held != 0 {
			t.Errorf("a chunk is held %d times after all was released", c.held)
		}
	}
}

// whole checks that the packets of a burst of newEndless are as they came.
func whole(t *testing.T, b *dataplane.Burst) {
	t.Helper()
	for _, p := range b.Packets[:b.N] {
		if len(p.Data) != 9000 || p.Data[0] != 7 || p.Data[8999] != 7 {
			t.Fatal("a held packet was written over")
		}
	}
}

// split moves half of the packets of a burst, at least one, to another.
func split(b *dataplane.Burst) *dataplane.Burst {
	rest := &dataplane.Burst{N: b.N - b.N/2}
	b.N /= 2
	copy(rest.Packets[:], b.Packets[b.N:])
	return rest
}

func TestReceiveDoesNotAllocate(t *testing.T) {
	mapped, err := Open(writeFile(t, classicTrace(t, samples(40000), true, binary.LittleEndian)), Options{Filter: "greater 3 or less 2"})
	if err != nil {
		t.Fatal(err)
	}
	defer mapped.Close()
	mappedNG, err := Open(writeFile(t, ngTrace(samples(20000), binary.BigEndian)), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer mappedNG.Close()
	stream, err := NewReader(newEndless(t, 300), "endless", Options{})
	if err != nil {
		t.Fatal(err)
	}
	for name, s := range map[string]*Source{"mapped": mapped, "mapped pcapng": mappedNG, "stream": stream} {
		var b dataplane.Burst
		received := 0
		n := testing.AllocsPerRun(200, func() {
			if err := s.Receive(&b); err != nil {
				t.Fatal(err)
			}
			received += b.N
			s.Release(&b)
		})
		if n != 0 || received < 200*dataplane.BurstSize/2 {
			t.Errorf("%s: %v allocations per burst, %d packets", name, n, received)
		}
	}
}

func TestFilter(t *testing.T) {
	list := samples(100)
	name := writeFile(t, classicTrace(t, list, true, binary.LittleEndian))
	s, err := Open(name, Options{Filter: "len > 50"})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var want []dataplane.Packet
	var wire uint64
	for _, p := range list {
		if p.Len > 50 {
			want = append(want, p)
			wire += uint64(p.Len)
		}
	}
	got, err := readAll(t, s)
	if err != nil {
		t.Fatal(err)
	}
	comparePackets(t, got, want)
	if st, n := s.Stats(), uint64(len(want)); st != (dataplane.Stats{Received: n, ReceivedBytes: wire, Filtered: 100 - n}) {
		t.Errorf("%+v", st)
	}
}

// TestFilterCountsInDamage makes sure that a DamageError counts the packets of
// the file, not those that passed the filter.
func TestFilterCountsInDamage(t *testing.T) {
	trace := classicTrace(t, samples(100), true, binary.LittleEndian)
	s, err := inMemory(trace[:len(trace)-1], Options{Filter: "greater 1000"})
	if err != nil {
		t.Fatal(err)
	}
	got, err := readAll(t, s)
	if d := asDamage(t, err); len(got) != 0 || d.Packet != 99 {
		t.Errorf("%d packets, %v", len(got), err)
	}
}

func TestFilterErrors(t *testing.T) {
	trace := classicTrace(t, samples(1), true, binary.LittleEndian)
	binary.LittleEndian.PutUint32(trace[20:], uint32(dataplane.LinkRaw))
	name := writeFile(t, trace)
	var bad *filter.Error
	if _, err := Open(name, Options{Filter: "tcp prt 80"}); !errors.As(err, &bad) || bad.Offset != 4 {
		t.Errorf("%v", err)
	}
	if _, err := Open(name, Options{Filter: "ether host 1:2:3:4:5:6"}); !errors.As(err, &bad) || !strings.HasPrefix(err.Error(), name) {
		t.Errorf("%v", err)
	}
}

// TestFilterPerLink gives each interface of a trace its own program, and an
// error when one cannot have it.
func TestFilterPerLink(t *testing.T) {
	w := &ngWriter{byteOrder: binary.LittleEndian}
	w.section()
	w.iface(dataplane.LinkEthernet, 0)
	w.iface(dataplane.LinkRaw, 0)
	eth := make([]byte, 40)
	eth[12], eth[13] = 0x86, 0xdd
	raw := make([]byte, 40)
	raw[0] = 0x60
	for range 3 {
		w.enhanced(0, 1, 40, eth)
		w.enhanced(1, 1, 40, raw)
		w.enhanced(0, 1, 40, raw)
		w.enhanced(1, 1, 40, eth)
	}
	s, err := inMemory(w.out, Options{Filter: "ip6"})
	if err != nil {
		t.Fatal(err)
	}
	got, err := readAll(t, s)
	if err != nil || len(got) != 6 || s.Stats().Filtered != 6 {
		t.Errorf("%d packets, %+v, %v", len(got), s.Stats(), err)
	}
	if s, err = inMemory(w.out, Options{Filter: "ether src 0:0:0:0:0:0"}); err != nil {
		t.Fatal(err)
	}
	got, err = readAll(t, s)
	var bad *filter.Error
	if len(got) != 1 || !errors.As(err, &bad) {
		t.Errorf("%d packets, %v", len(got), err)
	}
}

// TestOtherGoroutines looks at the counters while the trace is read; the race
// detector has the last word.
func TestOtherGoroutines(t *testing.T) {
	name := writeFile(t, classicTrace(t, samples(20000), true, binary.LittleEndian))
	s, err := Open(name, Options{})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error)
	stop := make(chan bool)
	go func() {
		var last int64
		var received uint64
		for {
			read, total := s.Position()
			if st := s.Stats(); read < last || read > total || st.Received < received {
				done <- fmt.Errorf("position %d of %d after %d, %d packets after %d", read, total, last, st.Received, received)
				return
			} else {
				last, received = read, st.Received
			}
			select {
			case <-stop:
				done <- nil
				return
			default:
			}
		}
	}()
	if _, err := readAll(t, s); err != nil {
		t.Fatal(err)
	}
	close(stop)
	if err := <-done; err != nil {
		t.Error(err)
	}
	info, err := os.Stat(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if read, total := s.Position(); read != total || total != info.Size() {
		t.Errorf("position %d of %d at the end, the file has %d bytes", read, total, info.Size())
	}
	if n := s.Stats().Received; n != 20000 {
		t.Errorf("%d packets", n)
	}
}

// TestFileCutWhileRead makes a mapped file shorter between two bursts.
func TestFileCutWhileRead(t *testing.T) {
	name := writeFile(t, classicTrace(t, samples(5000), true, binary.LittleEndian))
	s, err := Open(name, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var b dataplane.Burst
	if err := s.Receive(&b); err != nil || b.N != dataplane.BurstSize {
		t.Fatalf("%d packets, %v", b.N, err)
	}
	if err := os.Truncate(name, 100_000); err != nil {
		t.Fatal(err)
	}
	got, err := readAll(t, s)
	if d := asDamage(t, err); !strings.Contains(d.Reason, "shorter") || d.Packet != uint64(len(got)+b.N) || d.Offset > 100_000 || d.Offset < 99_000 {
		t.Errorf("%d packets, %v", len(got), err)
	}
}

// TestFault takes the pages away behind the back of the size check.
func TestFault(t *testing.T) {
	name := writeFile(t, classicTrace(t, samples(5000), true, binary.LittleEndian))
	s, err := Open(name, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	if err := os.Truncate(name, 0); err != nil {
		t.Fatal(err)
	}
	var b dataplane.Burst
	err = s.fill(&b)
	if err != errShort || b.N != 0 || !s.mapped.shrunk {
		t.Errorf("%d packets, %v, shrunk %v", b.N, err, s.mapped.shrunk)
	}
	if _, err := readAll(t, s); !strings.Contains(asDamage(t, err).Reason, "shorter") {
		t.Errorf("%v", err)
	}
}

func TestClose(t *testing.T) {
	s, err := Open(writeFile(t, classicTrace(t, samples(10), true, binary.LittleEndian)), Options{})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	var b dataplane.Burst
	if err := s.Receive(&b); err != io.EOF || b.N != 0 {
		t.Errorf("%d packets, %v", b.N, err)
	}
}

func BenchmarkReceive(b *testing.B) {
	list := samples(10000)
	for name, trace := range map[string][]byte{"pcap": classicTrace(b, list, true, binary.LittleEndian), "pcapng": ngTrace(list, binary.LittleEndian)} {
		file := writeFile(b, trace)
		b.Run(name, func(b *testing.B) {
			var burst dataplane.Burst
			for n := 0; n < b.N; {
				s, err := Open(file, Options{})
				if err != nil {
					b.Fatal(err)
				}
				for s.Receive(&burst) == nil {
					n += burst.N
				}
				s.Close()
			}
		})
	}
	b.Run("stream", func(b *testing.B) {
		s, err := NewReader(newEndless(b, 300), "endless", Options{})
		if err != nil {
			b.Fatal(err)
		}
		var burst dataplane.Burst
		for n := 0; n < b.N; n += burst.N {
			if err := s.Receive(&burst); err != nil {
				b.Fatal(err)
			}
			s.Release(&burst)
		}
	})
}
