package analyzer

import "mmt/analyzer/security/rule"

// VerdictKind is what verdicts are counted by.
type VerdictKind struct {
	Rule    uint32
	Outcome rule.Outcome
}

// VerdictCount is how many verdicts of a kind a worker has reported.
type VerdictCount struct {
	VerdictKind
	Verdicts uint64
}

// tally counts verdicts by kind. Kinds without verdicts take no room.
type tally struct {
	counts []VerdictCount
	places map[VerdictKind]int // in counts
}

func (t *tally) add(kind VerdictKind) {
	place, known := t.places[kind]
	if !known {
		if t.places == nil {
			t.places = map[VerdictKind]int{}
		}
		place = len(t.counts)
		t.places[kind] = place
		t.counts = append(t.counts, VerdictCount{VerdictKind: kind})
	}
	t.counts[place].Verdicts++
}

// VerdictCounts returns the verdicts whose lines the worker has handed over, by
// rule and outcome, in the order in which the kinds first came. For the worker's
// thread; the slice must not be changed and is valid until the next burst.
func (w *Worker) VerdictCounts() []VerdictCount {
	if w.security == nil {
		return nil
	}
	return w.security.tally.counts
}
