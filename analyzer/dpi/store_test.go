package dpi

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

// TestStoreAgainstMap puts, grows, replaces and frees strings at random and
// compares with a map.
func TestStoreAgainstMap(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	s := NewStore(64 << 20)
	want := map[Blob][]byte{}
	text := func(most int) []byte { return bytes.Repeat([]byte{byte(rng.Uint32())}, rng.IntN(most)) }
	for range 20000 {
		var b Blob
		for b = range want {
			break
		}
		switch op := rng.IntN(6); {
		case op == 0 || b == 0:
			data := text(3000)
			if b := s.Put(data); b != 0 {
				want[b] = data
			} else if len(data) > 0 {
				t.Fatal("a store with room refused")
			}
		case op == 1:
			more := text(500)
			grown, ok := s.Append(b, more)
			data := want[b]
			delete(want, b)
			if ok {
				data = append(bytes.Clone(data), more...)
			}
			want[grown] = data
		case op == 2:
			data := text(900)
			old := b
			s.Set(&b, data)
			delete(want, old)
			if b != 0 {
				want[b] = data
			}
		case op == 3:
			n := rng.IntN(500)
			grown, added := s.Extend(b, n)
			data := want[b]
			delete(want, b)
			if len(added) != n {
				t.Fatalf("%d bytes were added, want %d", len(added), n)
			}
			copy(added, text(500))
			want[grown] = append(bytes.Clone(data), added...)
		case op == 4 && len(want[b]) > 0:
			n := rng.IntN(2 * len(want[b]))
			s.Truncate(b, n)
			want[b] = want[b][:min(n, len(want[b]))]
		default:
			s.Free(b)
			delete(want, b)
		}
	}
	for b, data := range want {
		if !bytes.Equal(s.Bytes(b), data) {
			t.Fatalf("blob %d holds %d bytes, want %d", b, len(s.Bytes(b)), len(data))
		}
	}
}

func TestStoreLimit(t *testing.T) {
	s := NewStore(1 << 20)
	var kept []Blob
	for range 100000 {
		if b := s.Put(make([]byte, 1000)); b != 0 {
			kept = append(kept, b)
		}
	}
	if s.Used() > 1<<20 || len(kept) < 900 || s.Refused != uint64(100000-len(kept)) {
		t.Errorf("%d bytes used, %d kept, %d refused", s.Used(), len(kept), s.Refused)
	}
	s.Free(kept[0])
	if s.Put(make([]byte, 900)) == 0 {
		t.Error("freed memory is not used again")
	}
	b, ok := s.Append(kept[1], make([]byte, 5000))
	if ok || b != kept[1] || len(s.Bytes(b)) != 1000 {
		t.Error("an append that does not fit changed the string")
	}
}

func TestStoreLongest(t *testing.T) {
	s := NewStore(1 << 20)
	b := s.Put(make([]byte, 1<<17))
	if n := len(s.Bytes(b)); n != MaxBlob {
		t.Errorf("%d bytes kept, want %d", n, MaxBlob)
	}
	if _, ok := s.Append(b, []byte("x")); ok {
		t.Error("a string grew past the limit")
	}
	if s.Put(nil) != 0 || s.Bytes(0) != nil {
		t.Error("the empty string is not 0")
	}
	s.Free(0)
}

func TestStoreClasses(t *testing.T) {
	for n := range MaxBlob + 1 {
		class := classFor(n)
		if blobSizes[class] < n+blobHeader || class > 0 && blobSizes[class-1] >= n+blobHeader {
			t.Fatalf("%d bytes go into blocks of %d", n, blobSizes[class])
		}
	}
}
