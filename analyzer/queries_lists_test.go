package analyzer

import (
	"encoding/binary"
	"testing"

	"mmt/report"
)

// lists makes items of lists of numbers of 32 bits.
func lists(values ...[]uint32) (items []item) {
	for _, list := range values {
		v := report.Value{Kind: report.List32Value}
		for _, n := range list {
			v.B = binary.BigEndian.AppendUint32(v.B, n)
		}
		items = append(items, item{Value: v, there: true})
	}
	return items
}

// TestOperatorsOfLists: each place of a list has figures of its own.
func TestOperatorsOfLists(t *testing.T) {
	two := [][]uint32{{1, 10}, {2, 30}, {6, 20}}
	for _, c := range []struct {
		operators []Operator
		values    [][]uint32
		want      string
	}{
		{nil, two, "[6,20]"},
		{[]Operator{OpSum}, two, "[9,60]"},
		{[]Operator{OpCount}, two, "[3,3]"},
		{[]Operator{OpAvg}, two, "[3.000,20.000]"},
		{[]Operator{OpVar}, two, "[4,66]"}, // 14/3, 200/3
		{[]Operator{OpDiff}, two, "[4,-10]"},
		{[]Operator{OpDiff}, two[:1], "[0,0]"},
		{[]Operator{OpFirst}, two, "[1,10]"},
		{[]Operator{OpLast}, two, "[6,20]"},
		{[]Operator{OpAvg, OpDiff}, two, "[2.500,5.000]"},
		{[]Operator{OpVar, OpDiff}, two, "[2,225]"}, // 2.25
		{[]Operator{OpSum}, [][]uint32{{1}, {1, 2, 3}, {}}, "[2,2,3]"},
		{[]Operator{OpSum}, [][]uint32{{}}, "[]"},
		{[]Operator{OpAvg}, nil, "[]"},
	} {
		g := newGroups(&Query{Select: []Select{{Operators: c.operators, List: true}}})
		for period := range 2 { // the second one has nothing of the first
			items := lists(c.values...)
			for i := range items {
				g.take(items[i : i+1])
			}
			if len(items) == 0 {
				g.take([]item{{}})
			}
			var line []byte
			g.end(1, 0, func(r *report.QueryReport) { line = r.Append(nil, report.NewEncoder(report.CSV, 0, "")) })
			if want := `999,0,"",0.000000,"",1,` + c.want; string(line) != want {
				t.Errorf("period %d, %v of %v: %s, want %s", period, c.operators, c.values, line, want)
			}
		}
	}
}

// aLongList returns what takes a list that is too long and ends the period.
func aLongList(t *testing.T) (period func()) {
	g := newGroups(&Query{Select: []Select{{Operators: []Operator{OpSum}, List: true}}})
	items := lists(make([]uint32, 3*maxPlaces))
	figure := len(report.AppendFigure(nil, report.Value{}))
	yield := func(r *report.QueryReport) {
		if len(r.Values[0].B) != figure*maxPlaces {
			t.Errorf("%d bytes of figures", len(r.Values[0].B))
		}
	}
	return func() {
		g.take(items)
		g.end(1, 0, yield)
	}
}

// TestListsAreBounded: a list that is too long is cut.
func TestListsAreBounded(t *testing.T) { aLongList(t)() }

func TestListsAllocateNothing(t *testing.T) {
	period := aLongList(t)
	period()
	if n := testing.AllocsPerRun(10, period); n > 0 {
		t.Errorf("%v allocations a period", n)
	}
}
