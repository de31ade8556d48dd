package reference

import (
	"testing"

	"mmt/analyzer/security/rule"
)

const evasion = rule.Evasion

// Windows that lie before.
func TestBefore(t *testing.T) {
	check(t, []scenario{
		{"it was before", test, thenOp(e(1), e(2), -5, -1), "0:2 3:1", "3:respected(1@3,2@0)"},
		{"nothing was before", test, thenOp(e(1), e(2), -5, -1), "3:1", "3:not_respected(1@3)"},
		{"too long before", test, thenOp(e(1), e(2), -5, -1), "0:2 6:1", "6:not_respected(1@6)"},
		{"too short before", test, thenOp(e(1), e(2), -5, -2), "0:2 1:1", "1:not_respected(1@1)"},
		{"what came before is used up", test, thenOp(e(1), e(2), -5, -1), "0:2 3:1 4:1", "3:respected(1@3,2@0) 4:not_respected(1@4)"},
		{"before is no condition without the context", test, thenOp(e(1), e(2), -5, -1), "0:2 9:-", ""},
		{"attack: nothing before is silent", attack, thenOp(e(1), e(2), -5, -1), "0:1 1:2 3:1", "3:detected(1@3,2@1)"},
		{"around: before", test, thenOp(e(1), e(2), -5, 5), "0:2 3:1 9:-", "3:respected(1@3,2@0)"},
		{"around: after", test, thenOp(e(1), e(2), -5, 5), "0:1 5:2", "5:respected(1@0,2@5)"},
		{"around: neither", test, thenOp(e(1), e(2), -5, 5), "0:1 6:-", "6:not_respected(1@0)"},
		{"security: silent pass before does not start the way after", security, thenOp(e(1), e(2), -5, 5), "0:2 3:1 9:-", ""},
		{"before or the same packet", attack, thenOp(e(1), e(2), -5, 0), "0:12", "0:detected(1@0,2@0)"},
		{"in packets", test, counted(thenOp(e(1), e(2)), -2, -1), "0:2 500:- 900:1 901:- 902:1", "900:respected(1@900,2@0) 902:not_respected(1@902)"},
		{"in the context", attack, thenOp(thenOp(e(1), e(2), -5, -1), e(3), 1, 5), "0:2 3:1 4:3", "4:detected(1@3,2@0,3@4)"},
		{"in the trigger", test, thenOp(e(1), thenOp(e(2), e(3), -5, -1), 0, 9), "0:1 1:3 2:2", "2:respected(1@0,2@2,3@1)"},
		{"around, in the context", attack, thenOp(thenOp(e(1), e(2), -5, 5), e(3), 1, 5), "0:1 3:2 4:3", "4:detected(1@0,2@3,3@4)"},
	})
}

// Operators that must hold several times.
func TestRepeat(t *testing.T) {
	pair := func() *rule.Node { return times(thenOp(e(1), e(2), 1, 5), 2) }
	check(t, []scenario{
		{"twice, the last occurrence is told", attack, thenOp(pair(), e(3), 1, 9), "0:1 1:2 2:1 3:2 4:3", "4:detected(1@2,2@3,3@4)"},
		{"once is not enough", attack, thenOp(pair(), e(3), 1, 9), "0:1 1:2 4:3", ""},
		{"the next is on a later packet", attack, thenOp(pair(), e(3), 1, 9), "0:1 1:12 2:2 4:3", ""},
		{"the next is too late", attack, thenOp(pair(), e(3), 1, 9), "0:1 1:2 7:1 8:2 9:3", ""},
		{"counted", attack, thenOp(times(counted(thenOp(e(1), e(2)), 1, 3), 2), e(3), 1, 90), "0:1 1:2 2:- 3:1 4:2 5:3", "5:detected(1@3,2@4,3@5)"},
		{"all of the next within its window", attack, thenOp(times(counted(thenOp(e(1), e(2)), 1, 2), 2), e(3), 1, 90), "0:1 1:2 2:- 3:1 4:2 5:3", ""},
		{"in the trigger", test, thenOp(e(3), pair(), 0, 9), "0:3 1:1 2:2 3:1 4:2", "4:respected(1@3,2@4,3@0)"},
		{"in the trigger, failing", test, thenOp(e(3), pair(), 0, 9), "0:3 1:1 2:2 8:1", "8:not_respected(1@1,2@2,3@0)"},
	})
}

// Two events on one packet.
func TestOnePacket(t *testing.T) {
	check(t, []scenario{
		{"then", evasion, thenOp(e(1), e(2)), "0:12 1:12", "0:detected(1@0,2@0) 1:detected(1@1,2@1)"},
		{"then, right event first in number", evasion, thenOp(e(2), e(1)), "0:12", "0:detected(1@0,2@0)"},
	})
	// Here the attributes are always there, so that an event may fail.
	for _, c := range []struct {
		kind       rule.Type
		op         rule.NodeOp
		left, want string
	}{
		{test, rule.Then, "11", "respected(1,2)"}, {test, rule.Then, "10", "not_respected(1)"}, {test, rule.Then, "01", ""},
		{test, rule.Not, "11", "not_respected(1,2)"}, {test, rule.Not, "10", "respected(1)"}, {test, rule.Not, "01", ""},
		{test, rule.And, "11", "respected(1,2)"}, {test, rule.And, "10", "not_respected(1)"}, {test, rule.And, "01", "not_respected(2)"},
		{test, rule.And, "00", ""}, {attack, rule.And, "01", ""}, {security, rule.Then, "11", ""}, {attack, rule.Not, "10", "detected(1)"},
		{test, rule.Then, "1-", ""}, {test, rule.Not, "1-", ""},
	} {
		i := New(scenarioRule(c.kind, op(c.op, e(1), e(2))), 10)
		if got := short(i.Process(numbered(c.left))); got != c.want {
			t.Errorf("%s %s on %s: %q, want %q", c.kind, c.op, c.left, got, c.want)
		}
	}
}

// The bound of instances.
func TestMaxInstances(t *testing.T) {
	r := scenarioRule(attack, thenOp(e(1), e(2), 1, 9))
	got := run(New(r, 2), scenarioPackets(t, "0:1 1:1 2:1 3:2 4:1 5:2 6:2 7:2"))
	want := "3:detected(1@1,2@3) 5:detected(1@4,2@5) 6:detected(1@0,2@6)"
	if got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}

// Time that goes back is too early for what waits, and ends nothing.
func TestBackwards(t *testing.T) {
	check(t, []scenario{
		{"too early", test, thenOp(e(1), e(2), 0, 5), "10:1 8:2 16:-", "16:not_respected(1@10)"},
		{"back again", test, thenOp(e(1), e(2), 0, 5), "10:1 8:- 12:2", "12:respected(1@10,2@12)"},
	})
}
