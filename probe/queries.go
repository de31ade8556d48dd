package probe

import (
	"fmt"

	"mmt/analyzer"
	"mmt/config"
)

// query turns a block query-report into what the analyzer wants.
func (f *attributeFinder) query(q *config.QueryReport) analyzer.Query {
	f.begin("query-report", q.Title)
	query := analyzer.Query{
		Name: q.Title, Period: int64(q.Period), Where: f.findAll("where", q.Where), GroupBy: f.findAll("group-by", q.GroupBy),
		Output: channels(q.Enable, q.OutputChannel),
	}
	for _, s := range q.Select {
		query.Select = append(query.Select, f.selected(s))
	}
	return query
}

// operators are those of the configuration.
var operators = map[config.Operator]analyzer.Operator{
	config.OpSum: analyzer.OpSum, config.OpCount: analyzer.OpCount, config.OpAvg: analyzer.OpAvg, config.OpVar: analyzer.OpVar,
	config.OpDiff: analyzer.OpDiff, config.OpLast: analyzer.OpLast, config.OpFirst: analyzer.OpFirst,
}

func (f *attributeFinder) selected(s config.Select) analyzer.Select {
	before := len(f.errs)
	a, t := f.typed("select", s.Attribute)
	selected := analyzer.Select{Attribute: a, List: analyzer.IsList(t)}
	for _, o := range s.Operators {
		selected.Operators = append(selected.Operators, operators[o])
	}
	if len(f.errs) > before {
		return selected
	}
	if err := analyzer.CheckOperators(selected.Operators, t); err != nil {
		f.fail("select", "%s: %v", s, err)
	}
	return selected
}

// refusedLine tells of packets that queries left out, "" if there are none.
func refusedLine(packets uint64) string {
	if packets == 0 {
		return ""
	}
	return fmt.Sprintf("query-report: %d packets were left out, as a period had more than %d groups (group by less, or shorten ms-period)", packets, analyzer.MaxGroups)
}
