package analyzer

import "mmt/report"

// maxPlaces is how many elements of a list operators take.
const maxPlaces = 64

// places are the figures of an attribute that is a list: operators take its elements,
// those of each place alone. Its memory is used again.
type places struct {
	figures []figure       // of each place those of all operators
	results []report.Value // by place
}

func (p *places) reset() { p.figures, p.results = p.figures[:0], p.results[:0] }

// take takes a list through operators.
func (p *places) take(operators []Operator, list *report.Value) {
	list.Elements(maxPlaces, func(i int, n report.Value) {
		if i == len(p.results) {
			p.begin(operators)
		}
		if v, some := through(p.figures[i*len(operators):(i+1)*len(operators)], operators, n, nil); some {
			p.results[i] = v
		}
	})
}

// begin makes room for one more place.
func (p *places) begin(operators []Operator) {
	s := Select{Operators: operators}
	p.results = append(p.results, s.empty(report.Value{}))
	for range operators {
		p.figures = append(p.figures, figure{})
	}
}

// appendTo appends the results as the bytes of a report.FiguresValue: as many as the
// longest list had elements.
func (p *places) appendTo(dst []byte, s *Select) []byte {
	for i, v := range p.results {
		if s.Operators[0] == OpVar {
			if f := &p.figures[i*len(s.Operators)]; f.values > 0 {
				v = f.variance()
			}
		}
		dst = report.AppendFigure(dst, v)
	}
	return dst
}

// listAt returns the places of a result.
func (g *groups) listAt(result int) *places {
	for result >= len(g.lists) {
		g.lists = append(g.lists, places{})
	}
	return &g.lists[result]
}
