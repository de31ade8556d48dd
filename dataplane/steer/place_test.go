package steer_test

import (
	"testing"

	"mmt/analyzer/dpi"
	"mmt/dataplane"
	"mmt/dataplane/steer"
)

// TestPlaces compares where transports are said to be with where the dissectors
// find them.
func TestPlaces(t *testing.T) {
	for _, tr := range generated() {
		for _, c := range choices() {
			if n := comparePlaces(t, tr, c); n < len(tr.packets)/2 {
				t.Errorf("%s: %v: only %d of %d packets have a transport", tr.name, c, n, len(tr.packets))
			}
		}
	}
}

// TestCorpusPlaces does the same with real traffic.
func TestCorpusPlaces(t *testing.T) {
	n := 0
	corpus(t, func(tr trace) { n += comparePlaces(t, tr, choice{}) + comparePlaces(t, tr, choice{layer: 1}) })
	t.Logf("%d transports", n)
}

// comparePlaces returns how many transports were compared.
func comparePlaces(t *testing.T, tr trace, c choice) (n int) {
	t.Helper()
	var at steer.Place
	h := newHandler(t, choice{layer: c.layer}, nil)
	wrong := map[string]int{}
	err := h.AddPacketHandler(1, func(p *dpi.Packet) {
		tuple := p.Tuple()
		if tuple == nil || !isRead(p) {
			return
		}
		if tuple.Transport != 0 {
			n++
			if at.Offset != p.Layers()[tuple.Transport].Off || at.Protocol != tuple.Proto {
				wrong[path(p)]++
			}
		}
		if tuple.Part && !at.Part || at.Part && !tuple.Part && !c.defragment || tuple.Fragment && at.Offset != 0 {
			wrong[path(p)]++
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	s, alone := newSteer(t, c, 3), newSteer(t, c, 1)
	for i := range tr.packets {
		var to, none [dataplane.BurstSize]uint8
		var places, same steer.Places
		b := dataplane.Burst{N: 1}
		b.Packets[0] = tr.packets[i]
		s.BurstAt(&b, &to, &places)
		alone.BurstAt(&b, &none, &same)
		if at = places[0]; at != same[0] || none[0] != 0 {
			t.Fatalf("%s: packet %d: %+v of three analyzers, %+v of one", tr.name, i+1, at, same[0])
		}
		h.Process(tr.packets[i : i+1])
	}
	for path, k := range wrong {
		t.Errorf("%s: %v: %d transports of %s are not where they are said to be", tr.name, c, k, path)
	}
	return n
}
