package bpf

import (
	"errors"
	"io/fs"
	"math/rand/v2"
	"testing"

	"github.com/cilium/ebpf"
)

// load loads the prefilter, or skips where that cannot be done.
func load(t testing.TB, o Options) *Prefilter {
	t.Helper()
	p, err := Load(o)
	if errors.Is(err, ErrNotSupported) || errors.Is(err, fs.ErrPermission) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return p
}

func update(t testing.TB, p *Prefilter, r Rules) {
	t.Helper()
	if err := p.Update(&r); err != nil {
		t.Fatal(err)
	}
}

func counters(t testing.TB, p *Prefilter) Counters {
	t.Helper()
	c, err := p.Counters()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// XDP verdicts, enum xdp_action of linux/bpf.h.
const (
	xdpDrop = 1
	xdpPass = 2
)

// try runs the program on a frame and returns the reason that was counted.
func try(t testing.TB, p *Prefilter, before *Counters, frame []byte) Reason {
	t.Helper()
	verdict, err := p.objs.Prefilter.Run(&ebpf.RunOptions{Data: frame})
	if err != nil {
		t.Fatal(err)
	}
	now := counters(t, p)
	defer func() { *before = now }()
	for r := range now.ByReason {
		got, was := now.ByReason[r], before.ByReason[r]
		if got == was {
			continue
		}
		if got.Packets != was.Packets+1 || got.Bytes != was.Bytes+uint64(len(frame)) {
			t.Fatalf("%v: counted %+v after %+v for one frame of %d bytes", Reason(r), got, was, len(frame))
		}
		if want := map[bool]uint32{true: xdpPass, false: xdpDrop}[Reason(r).Passes()]; verdict != want {
			t.Fatalf("%v with XDP verdict %d, want %d", Reason(r), verdict, want)
		}
		return Reason(r)
	}
	t.Fatal("nothing was counted")
	return 0
}

// TestSameAsInUserSpace holds the program and Filter together: random rules and
// random frames give the same reason, hence the same verdict.
func TestSameAsInUserSpace(t *testing.T) {
	const longest = 150
	p := load(t, Options{Flows: 4, MaxFrame: longest})
	seed := rand.Uint64()
	r := rand.New(rand.NewPCG(seed, 0))
	before := counters(t, p)
	var seen [Reasons]int
	for round := range 80 {
		rules := randomRules(r)
		f, err := NewFilter(&rules)
		if (err != nil) != (p.Update(&rules) != nil) {
			t.Fatalf("rules %+v: only one refuses them: %v", rules, err)
		}
		if err != nil {
			continue
		}
		for range 300 {
			frame := randomFrame(r)
			want := f.Match(frame)
			if want.Passes() && len(frame) > longest {
				want = DropTooLong
			}
			if got := try(t, p, &before, frame); got != want {
				t.Fatalf("seed %d, round %d: kernel says %v, user space %v\nrules %+v\nframe % x", seed, round, got, want, rules, frame)
			}
			seen[want]++
		}
	}
	for r, n := range seen {
		if n == 0 && Reason(r) != Bypassed && Reason(r) != PassFlowEvent {
			t.Errorf("no frame was %v: the test does not reach it", Reason(r))
		}
	}
}
