package analyzer

import (
	"fmt"
	"math"

	"mmt/analyzer/dpi"
	"mmt/report"
)

// Operator is a function of a query over the values of a group (manual section
// 3.1, query-report). Each value that it takes gives one that the operator around
// it takes.
type Operator uint8

// The operators.
const (
	OpSum   Operator = iota // of all values so far
	OpCount                 // how many values so far
	OpAvg                   // mean of all values so far
	OpVar                   // variance of all values so far, of integers without what is after the point
	OpDiff                  // value less the one before it; the first gives nothing
	OpLast                  // the value
	OpFirst                 // the first value
)

var operatorNames = [...]string{"sum", "count", "avg", "var", "diff", "last", "first"}

// String returns the operator's name in the configuration.
func (o Operator) String() string { return operatorNames[o] }

// needsNumbers tells whether the operator takes numbers only.
func (o Operator) needsNumbers() bool { return o <= OpDiff && o != OpCount }

// CheckOperators tells whether operators, outermost first, can be applied to an
// attribute of a type. Of a list they take the elements.
func CheckOperators(operators []Operator, t dpi.DataType) error {
	number := t.IsNumber() || IsList(t)
	for i := len(operators) - 1; i >= 0; i-- {
		if o := operators[i]; o.needsNumbers() && !number {
			return fmt.Errorf("%s takes numbers, not %s (use count, last or first)", o, t)
		}
		number = number || operators[i] == OpCount
	}
	return nil
}

// IsList tells whether values of a type are lists of numbers, of which operators take
// each element.
func IsList(t dpi.DataType) bool { return t == dpi.U16Array || t == dpi.U32Array || t == dpi.U64Array }

// figure is what an operator remembers of a group.
type figure struct {
	values    uint64
	sum       wide    // of the values; of OpVar: of their distances from base
	squares   wide    // of these distances
	base      wide    // value before, or first
	realSum   float64 // sum if values are reals, last or first value if these are
	mean      float64 // of values
	deviation float64 // sum of squares of distances from mean
	inexact   bool    // squares do not fit
	real      bool    // values are reals
}

// take gives an operator a value, and returns what comes of it, if something does.
// Bytes are not kept: those of the first value are in kept.
func (f *figure) take(o Operator, v report.Value, kept []byte) (report.Value, bool) {
	f.values++
	switch o {
	case OpSum:
		f.add(&v)
		return f.total(isReal(&v)), true
	case OpCount:
		return report.Value{N: f.values}, true
	case OpAvg:
		f.add(&v)
		return f.average(isReal(&v)), true
	case OpVar:
		f.spread(&v)
		return f.variance(), true
	case OpDiff:
		return f.difference(&v)
	case OpFirst:
		return f.first(v, kept), true
	}
	return v, true
}

func isReal(v *report.Value) bool {
	return v.Kind == report.RealValue || v.Kind == report.AverageValue
}

func realValue(f float64) report.Value {
	return report.Value{Kind: report.RealValue, N: math.Float64bits(f)}
}

func (f *figure) add(v *report.Value) {
	if isReal(v) {
		f.realSum += realOf(v)
	} else {
		f.sum = f.sum.plus(wideOf(v))
	}
}

func (f *figure) total(isReal bool) report.Value {
	if isReal {
		return realValue(f.realSum)
	}
	return f.sum.value()
}

func (f *figure) average(isReal bool) report.Value {
	total := f.realSum
	if !isReal {
		total = f.sum.float()
	}
	return report.Value{Kind: report.AverageValue, N: math.Float64bits(total / float64(f.values))}
}

// difference returns the value less the one before.
func (f *figure) difference(v *report.Value) (report.Value, bool) {
	isFirst := f.values == 1
	if isReal(v) {
		now, before := realOf(v), f.realSum
		f.realSum = now
		return realValue(now - before), !isFirst
	}
	now, before := wideOf(v), f.base
	f.base = now
	return now.minus(before).value(), !isFirst
}

func (f *figure) first(v report.Value, kept []byte) report.Value {
	switch {
	case f.values == 1:
		f.base = wide{v.High, v.N}
		return v
	case v.IsNumber():
		return report.Value{Kind: v.Kind, High: f.base.high, N: f.base.low}
	}
	v.B = kept
	return v
}

// spread notes a value for the variance: distances from the first one exactly, as
// long as they are integers that are not too large, and from the mean (Welford's
// method).
func (f *figure) spread(v *report.Value) {
	x := realOf(v)
	d := x - f.mean
	f.mean += d / float64(f.values)
	f.deviation += d * (x - f.mean)
	if f.real = isReal(v); f.real || f.inexact {
		return
	}
	if f.values == 1 {
		f.base = wideOf(v)
	}
	distance := wideOf(v).minus(f.base)
	n, fits := distance.magnitude()
	f.sum = f.sum.plus(distance)
	f.squares = f.squares.plus(square(n))
	f.inexact = !fits || f.squares.high < 0
}

// variance returns that of the values so far: of integers rounded down.
func (f *figure) variance() report.Value {
	if f.real {
		return realValue(f.deviation / float64(f.values))
	}
	sum, fits := f.sum.magnitude()
	if f.inexact || !fits {
		return wideFrom(f.deviation / float64(f.values)).value()
	}
	mean, rest := square(sum).over(f.values)
	if rest {
		mean = mean.plus(wide{low: 1}) // what is after the point is taken off
	}
	whole, _ := f.squares.minus(mean).over(f.values)
	return whole.value()
}
