package random

import (
	"math/rand/v2"
	"slices"

	"mmt/analyzer/dpi"
	"mmt/analyzer/security/rule"
)

// Sample is an attribute and values that packets had of it, as often as they had
// them. Numbers have no bytes.
type Sample struct {
	rule.Attribute
	Values []dpi.Value
}

// Rebind makes a rule of Rule's speak of other attributes: each that it reads is
// exchanged for one of the samples, a number for a number and bytes for bytes,
// addresses of source and target for two of one type; and constants that it is
// compared with for values that it had. There must be a sample of either kind.
func Rebind(rng *rand.Rand, r *rule.Rule, samples []Sample) {
	b := rebinder{rng: rng, samples: samples, kind: map[int]dpi.DataType{}}
	chosen := make([]*Sample, len(r.Attributes))
	for i := range r.Attributes {
		chosen[i] = b.choose(int(r.Attributes[i].ID)-1, chosen)
	}
	for i := range r.Events {
		r.Events[i].Expr.Walk(func(e *rule.Expr) { b.constants(e, chosen) })
	}
	for i, s := range chosen {
		r.Attributes[i] = s.Attribute
	}
}

// rebinder chooses attributes for one rule.
type rebinder struct {
	rng     *rand.Rand
	samples []Sample
	kind    map[int]dpi.DataType // of source and target
}

// choose draws an attribute in place of one of the alphabet, others than those
// chosen before if it finds any.
func (b *rebinder) choose(index int, before []*Sample) (s *Sample) {
	for range 20 {
		s = b.draw(alphabet[index].Type.IsNumber())
		if slices.Contains(before, s) {
			continue
		}
		if index != source && index != target {
			return s
		}
		if kind, ok := b.kind[source+target-index]; !ok || kind == s.Type {
			break
		}
	}
	b.kind[index] = s.Type
	return s
}

// draw draws a sample, mostly one that many packets have.
func (b *rebinder) draw(number bool) *Sample {
	var of []*Sample
	total := 0
	for i := range b.samples {
		if s := &b.samples[i]; s.Type.IsNumber() == number {
			of = append(of, s)
			total += len(s.Values)
		}
	}
	if b.rng.IntN(3) == 0 {
		return of[b.rng.IntN(len(of))]
	}
	k := b.rng.IntN(total)
	for _, s := range of {
		if k -= len(s.Values); k < 0 {
			return s
		}
	}
	return of[0]
}

// constants exchanges the constant of a comparison with an attribute.
func (b *rebinder) constants(e *rule.Expr, chosen []*Sample) {
	if len(e.Args) != 2 || e.Args[0].Op != rule.Attr {
		return
	}
	values := chosen[e.Args[0].Index].Values
	switch v, c := &values[b.rng.IntN(len(values))], e.Args[1]; c.Op {
	case rule.Number:
		c.Num, _ = v.Number()
	case rule.Text:
		c.Bytes = v.B
	}
}
