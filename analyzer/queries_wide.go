package analyzer

import (
	"math"
	"math/bits"

	"mmt/report"
)

// wide is an integer of 128 bits, two's complement: no sum of what packets hold
// leaves it.
type wide struct {
	high int64
	low  uint64
}

// wideOf returns a value that is an integer or a time, which counts in
// microseconds.
func wideOf(v *report.Value) wide {
	if v.Kind == report.TimeValue {
		return wide{low: v.N / 1000}
	}
	return wide{v.High, v.N}
}

func (a wide) value() report.Value { return report.Value{High: a.high, N: a.low} }

func (a wide) plus(b wide) wide {
	low, carry := bits.Add64(a.low, b.low, 0)
	high, _ := bits.Add64(uint64(a.high), uint64(b.high), carry)
	return wide{int64(high), low}
}

func (a wide) minus(b wide) wide {
	low, borrow := bits.Sub64(a.low, b.low, 0)
	high, _ := bits.Sub64(uint64(a.high), uint64(b.high), borrow)
	return wide{int64(high), low}
}

// float returns the nearest float, but for rounding twice.
func (a wide) float() float64 {
	if a.high < 0 {
		return -wide{}.minus(a).float()
	}
	return float64(a.high)*(1<<64) + float64(a.low)
}

// wideFrom returns a float that is not negative, rounded down; one that does not fit
// is the largest that does.
func wideFrom(f float64) wide {
	const half = 1 << 64
	high := math.Floor(f / half)
	if high >= 1<<63 {
		return wide{math.MaxInt64, math.MaxUint64}
	}
	return wide{int64(high), uint64(f - high*half)}
}

// magnitude returns the absolute value, and whether it fits into 63 bits.
func (a wide) magnitude() (n uint64, fits bool) {
	if a.high < 0 {
		a = wide{}.minus(a)
	}
	return a.low, a.high == 0 && a.low>>63 == 0
}

// square returns n*n for n of 63 bits.
func square(n uint64) wide {
	high, low := bits.Mul64(n, n)
	return wide{int64(high), low}
}

// over returns a/n for a that is not negative, rounded down, and whether there is
// a rest.
func (a wide) over(n uint64) (quotient wide, rest bool) {
	high, r := bits.Div64(0, uint64(a.high), n)
	low, r := bits.Div64(r, a.low, n)
	return wide{int64(high), low}, r != 0
}
