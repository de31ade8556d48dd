package analyzer

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"

	"mmt/analyzer/dpi"
	"mmt/report"
)

// text returns what a query reports of the values of one attribute.
func text(operators []Operator, values []report.Value) string {
	q := &Query{Select: []Select{{Operators: operators}}}
	g := newGroups(q)
	for _, v := range values {
		g.take([]item{{Value: v, there: true}})
	}
	if len(values) == 0 {
		g.take([]item{{}})
	}
	var line []byte
	g.end(1, 0, func(r *report.QueryReport) { line = r.Append(nil, report.NewEncoder(report.CSV, 0, "")) })
	return strings.SplitN(string(line), ",", 7)[6]
}

func numbers(list ...uint64) (values []report.Value) {
	for _, n := range list {
		values = append(values, report.Value{N: n})
	}
	return values
}

func reals(list ...float64) (values []report.Value) {
	for _, f := range list {
		values = append(values, realValue(f))
	}
	return values
}

// times are microseconds.
func times(list ...uint64) (values []report.Value) {
	for _, n := range list {
		values = append(values, report.Value{Kind: report.TimeValue, N: n * 1000})
	}
	return values
}

func words(list ...string) (values []report.Value) {
	for _, s := range list {
		values = append(values, report.Value{Kind: report.TextValue, B: []byte(s)})
	}
	return values
}

// TestOperators holds what each operator makes of values, alone and around others.
func TestOperators(t *testing.T) {
	for _, c := range []struct {
		operators []Operator // outermost first
		values    []report.Value
		want      string
	}{
		{nil, numbers(3, 1, 2), "2"},
		{nil, words("a", "b"), `"b"`},
		{[]Operator{OpSum}, numbers(3, 1, 2), "6"},
		{[]Operator{OpSum}, numbers(1<<64-1, 1<<64-1), "36893488147419103230"},
		{[]Operator{OpSum}, reals(0.5, -2), "-1.500"},
		{[]Operator{OpSum}, times(3, 4), "7"},
		{[]Operator{OpSum}, nil, "0"},
		{[]Operator{OpCount}, numbers(3, 1, 2), "3"},
		{[]Operator{OpCount}, words("a", "b"), "2"},
		{[]Operator{OpCount}, nil, "0"},
		{[]Operator{OpAvg}, numbers(1, 1, 2), "1.333"},
		{[]Operator{OpAvg}, numbers(1257533, 1257534, 1257534, 1257534, 1257534), "1257533.750"}, // four bytes have no .8
		{[]Operator{OpAvg}, reals(1, -2), "-0.500"},
		{[]Operator{OpAvg}, nil, "0.000"},
		{[]Operator{OpVar}, numbers(1, 2, 3, 4), "1"}, // 1.25
		{[]Operator{OpVar}, numbers(5, 5, 5), "0"},
		{[]Operator{OpVar}, numbers(10), "0"},
		{[]Operator{OpVar}, numbers(0, 1<<64-1), "85070591730234615865843651857942052864"}, // a float: the distance has more than 63 bits
		{[]Operator{OpVar}, reals(1, 2, 3, 4), "1.250"},
		{[]Operator{OpVar}, times(1_600_000_000_000_000, 1_600_000_000_000_003), "2"}, // 2.25
		{[]Operator{OpVar}, nil, "0"},
		{[]Operator{OpDiff}, numbers(3, 10), "7"},
		{[]Operator{OpDiff}, numbers(3, 10, 4), "-6"},
		{[]Operator{OpDiff}, numbers(3), "0"},
		{[]Operator{OpDiff}, numbers(1<<64-1, 0), "-18446744073709551615"},
		{[]Operator{OpDiff}, reals(1, 0.25), "-0.750"},
		{[]Operator{OpDiff}, times(1_000_000, 1_500_000), "500000"},
		{[]Operator{OpDiff}, nil, "0"},
		{[]Operator{OpLast}, numbers(3, 1), "1"},
		{[]Operator{OpLast}, times(3, 1_000_001), "1.000001"},
		{[]Operator{OpLast}, words("long word", "b"), `"b"`},
		{[]Operator{OpFirst}, numbers(3, 1), "3"},
		{[]Operator{OpFirst}, reals(2.5, 1), "2.500"},
		{[]Operator{OpFirst}, words("a", "long word", "c"), `"a"`},
		{[]Operator{OpAvg, OpDiff}, times(0, 2, 10), "5.000"},
		{[]Operator{OpVar, OpDiff}, times(0, 54059, 54059+2667048), "1706927878530"},
		{[]Operator{OpAvg, OpDiff}, times(5), "0.000"},
		{[]Operator{OpCount, OpDiff}, numbers(1, 2, 3), "2"},
		{[]Operator{OpDiff, OpDiff}, numbers(1, 2, 5), "2"},
		{[]Operator{OpLast, OpSum, OpDiff}, numbers(1, 2, 5), "4"},
		{[]Operator{OpSum, OpSum}, numbers(1, 2, 3), "10"}, // 1 + 3 + 6
		{[]Operator{OpSum, OpAvg}, numbers(1, 2), "2.500"}, // 1 + 1.5
		{[]Operator{OpSum, OpVar}, numbers(1, 3), "1"},     // 0 + 1
		{[]Operator{OpSum, OpFirst}, numbers(4, 1, 1), "12"},
		{[]Operator{OpSum, OpCount}, words("a", "b", "c"), "6"},
		{[]Operator{OpDiff, OpSum}, numbers(7, 5, 3), "3"},
		{[]Operator{OpFirst, OpAvg}, numbers(7, 5), "7.000"},
		{[]Operator{OpLast, OpFirst}, words("a", "b"), `"a"`},
		{[]Operator{OpCount, OpFirst}, words("a", "b"), "2"},
		{[]Operator{OpFirst, OpDiff}, numbers(1), "0"},
		{[]Operator{OpLast, OpAvg, OpDiff}, nil, "0.000"},
	} {
		if got := text(c.operators, c.values); got != c.want {
			t.Errorf("%v of %v: %s, want %s", c.operators, c.values, got, c.want)
		}
	}
}

// TestVarianceIsExact compares variances of integers with those of math/big.
func TestVarianceIsExact(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		base, spread := random.Uint64N(1<<50), random.Uint64N(1<<40)+1
		var list []uint64
		for range 1 + random.IntN(40) {
			list = append(list, base+random.Uint64N(spread))
		}
		n, sum, squares := big.NewInt(int64(len(list))), new(big.Int), new(big.Int)
		for _, x := range list {
			v := new(big.Int).SetUint64(x)
			sum.Add(sum, v)
			squares.Add(squares, new(big.Int).Mul(v, v))
		}
		want := new(big.Int).Mul(n, squares)
		want.Sub(want, new(big.Int).Mul(sum, sum)).Div(want, new(big.Int).Mul(n, n))
		if got := text([]Operator{OpVar}, numbers(list...)); got != want.String() {
			t.Fatalf("variance of %v: %s, want %s", list, got, want)
		}
	}
}

func TestCheckOperators(t *testing.T) {
	for _, c := range []struct {
		operators []Operator
		t         dpi.DataType
		want      string
	}{
		{nil, dpi.String, ""},
		{[]Operator{OpLast, OpFirst, OpCount}, dpi.IP4Addr, ""},
		{[]Operator{OpSum, OpCount}, dpi.IP4Addr, ""},
		{[]Operator{OpAvg, OpDiff}, dpi.TimeVal, ""},
		{[]Operator{OpVar}, dpi.Float, ""},
		{[]Operator{OpSum}, dpi.IP4Addr, "sum takes numbers, not ip4_addr (use count, last or first)"},
		{[]Operator{OpSum, OpLast}, dpi.String, "sum takes numbers, not string (use count, last or first)"},
		{[]Operator{OpAvg, OpDiff}, dpi.U32Array, ""},
		{[]Operator{OpDiff}, dpi.Binary, "diff takes numbers, not binary (use count, last or first)"},
	} {
		err := CheckOperators(c.operators, c.t)
		if got := fmt.Sprint(err); got != c.want && (c.want != "" || err != nil) {
			t.Errorf("%v of %s: %v, want %s", c.operators, c.t, err, c.want)
		}
	}
}

// addresses returns the items of a packet: a group, and a number.
func addresses(group uint32, n uint64) []item {
	b := []byte{byte(group >> 24), byte(group >> 16), byte(group >> 8), byte(group)}
	return []item{{Value: report.Value{Kind: report.AddressValue, B: b}, there: true}, {Value: report.Value{N: n}, there: true}}
}

// TestGroupsAreBounded: packets of groups beyond the limit are counted, those of
// others go on, and the next period begins anew.
func TestGroupsAreBounded(t *testing.T) {
	g := newGroups(&Query{GroupBy: []Attribute{{}}, Select: []Select{{Operators: []Operator{OpSum}}}})
	for period := range 2 {
		for round := range 2 {
			for i := range uint32(MaxGroups + 10) {
				g.take(addresses(i, uint64(i)))
			}
			if want := uint64(20*period + 10*(round+1)); g.refused != want {
				t.Fatalf("period %d: %d packets refused, want %d", period, g.refused, want)
			}
		}
		next := uint64(0)
		g.end(1, 0, func(r *report.QueryReport) {
			if r.Values[0].N != 2*next {
				t.Fatalf("group %d has the sum %d", next, r.Values[0].N)
			}
			next++
		})
		if next != MaxGroups {
			t.Errorf("%d groups, want %d", next, MaxGroups)
		}
	}
}

// TestGroupsAllocateNothing holds that periods after the first need no memory.
func TestGroupsAllocateNothing(t *testing.T) {
	g := newGroups(&Query{GroupBy: []Attribute{{}}, Select: []Select{{Operators: []Operator{OpAvg, OpDiff}}, {Operators: []Operator{OpFirst}}}})
	items := addresses(0, 0)
	items = append(items, item{Value: report.Value{Kind: report.TextValue, B: []byte("word")}, there: true})
	groups := 0
	yield := func(*report.QueryReport) { groups++ }
	period := func() {
		for i := range 1000 {
			items[0].B[2], items[0].B[3] = byte(i>>8), byte(i)
			items[1].N = uint64(i)
			g.take(items)
		}
		g.end(1, 0, yield)
	}
	period()
	if n := testing.AllocsPerRun(10, period); n > 0 {
		t.Errorf("%v allocations a period", n)
	}
	if groups != 12*1000 {
		t.Errorf("%d groups", groups)
	}
}

// TestTextsOfAnotherPeriod: a group that has no text shows none of the group that
// had its place before.
func TestTextsOfAnotherPeriod(t *testing.T) {
	g := newGroups(&Query{Select: []Select{{Operators: []Operator{OpLast}}}})
	none := item{Value: report.Value{Kind: report.TextValue}}
	for _, want := range []string{"word", ""} {
		it := none
		if want != "" {
			it = item{Value: report.Value{Kind: report.TextValue, B: []byte(want)}, there: true}
		}
		g.take([]item{it})
		g.end(1, 0, func(r *report.QueryReport) {
			if got := string(r.Values[0].B); got != want || r.Values[0].Kind != report.TextValue {
				t.Errorf("%q, want %q", got, want)
			}
		})
	}
}
