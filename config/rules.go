package config

import (
	"fmt"
	"math"
	"strings"
)

// RuleRange is the rules First to Last, both included, First <= Last.
type RuleRange struct {
	First, Last uint32
}

// String gives "3" or "3-5".
func (r RuleRange) String() string {
	if r.First == r.Last {
		return fmt.Sprint(r.First)
	}
	return fmt.Sprintf("%d-%d", r.First, r.Last)
}

// RuleSet is a set of rule ids, as in "1,3-5".
type RuleSet []RuleRange

// Contains tells whether a rule is in the set.
func (s RuleSet) Contains(id uint32) bool {
	for _, r := range s {
		if r.First <= id && id <= r.Last {
			return true
		}
	}
	return false
}

// String gives "1,3-5".
func (s RuleSet) String() string {
	parts := make([]string, len(s))
	for i, r := range s {
		parts[i] = r.String()
	}
	return strings.Join(parts, ",")
}

// ThreadRules gives rules to one security thread.
type ThreadRules struct {
	Thread int // from 1
	Rules  RuleSet
}

// RulesMask spreads rules over security threads, as in "(1:1,4-6)(2:3)". Rules
// that it does not name go to the threads that it does not name.
type RulesMask []ThreadRules

// String gives "(1:1,4-6)(2:3)".
func (m RulesMask) String() string {
	var text strings.Builder
	for _, t := range m {
		fmt.Fprintf(&text, "(%d:%v)", t.Thread, t.Rules)
	}
	return text.String()
}

// ParseRuleSet reads "x,y-z", numbers from 1; "" is the empty set. Parentheses
// around the whole are allowed, the manual has them in an example.
func ParseRuleSet(s string) (RuleSet, error) {
	s = strings.TrimSpace(s)
	if strings.HasPrefix(s, "(") && strings.HasSuffix(s, ")") {
		s = strings.TrimSpace(s[1 : len(s)-1])
	}
	if s == "" {
		return nil, nil
	}
	var set RuleSet
	for part := range strings.SplitSeq(s, ",") {
		r, err := parseRange(part)
		if err != nil {
			return nil, err
		}
		set = append(set, r)
	}
	return set, nil
}

func parseRange(s string) (RuleRange, error) {
	low, high, isRange := strings.Cut(s, "-")
	if !isRange {
		high = low
	}
	first, ok1 := parseInt(strings.TrimSpace(low), 1, math.MaxInt32)
	last, ok2 := parseInt(strings.TrimSpace(high), 1, math.MaxInt32)
	switch {
	case !ok1 || !ok2:
		return RuleRange{}, notA(strings.TrimSpace(s), `a rule or a range of rules (numbers from 1, as in "1,3-5")`)
	case first > last:
		return RuleRange{}, fmt.Errorf("%q runs backwards (write \"%d-%d\")", s, last, first)
	}
	return RuleRange{uint32(first), uint32(last)}, nil
}

// ParseRulesMask reads "(thread:rules)(thread:rules)", threads from 1; "" is
// the empty mask.
func ParseRulesMask(s string) (RulesMask, error) {
	var mask RulesMask
	named := map[int]bool{}
	for rest := strings.TrimSpace(s); rest != ""; {
		group, after, closed := strings.Cut(rest, ")")
		if !closed || !strings.HasPrefix(group, "(") {
			return nil, notA(s, `a rules mask (as in "(1:1,4-6)(2:3)")`)
		}
		t, err := parseThreadRules(group[1:])
		if err != nil {
			return nil, err
		}
		if named[t.Thread] {
			return nil, fmt.Errorf("thread %d stands twice (put its rules together)", t.Thread)
		}
		named[t.Thread] = true
		mask = append(mask, t)
		rest = strings.TrimSpace(after)
	}
	return mask, nil
}

func parseThreadRules(s string) (ThreadRules, error) {
	thread, rules, ok := strings.Cut(s, ":")
	n, isNumber := parseInt(strings.TrimSpace(thread), 1, maxThreads)
	if !ok || !isNumber {
		return ThreadRules{}, fmt.Errorf("%q is not thread:rules (a thread from 1 to %d, as in \"1:1,4-6\")", clip(s), maxThreads)
	}
	set, err := ParseRuleSet(rules)
	if err == nil && set == nil {
		err = fmt.Errorf("thread %d has no rules (name them, as in \"(%d:1,4-6)\")", n, n)
	}
	return ThreadRules{int(n), set}, err
}
