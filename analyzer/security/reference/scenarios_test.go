package reference

import (
	"testing"

	"mmt/analyzer/security/rule"
)

const (
	attack   = rule.Attack
	security = rule.Security
	test     = rule.Test
)

// The parts of a property, and what a root alone means.
func TestRoots(t *testing.T) {
	check(t, []scenario{
		{"one event, each packet", attack, e(1), "0:1 1:- 2:1", "0:detected(1@0) 2:detected(1@2)"},
		{"one event, silent type", security, e(1), "0:1 1:1", ""},
		{"or passes with either side", test, orOp(e(1), thenOp(e(2), e(3), 1, 9)), "0:2 1:1 2:3 3:3",
			"1:respected(1@1) 2:respected(2@0,3@2)"},
		{"or never fails", test, orOp(e(1), thenOp(e(2), e(3), 1, 2)), "0:2 9:3 10:-", ""},
		{"and, left first", attack, andOp(e(1), e(2), 1, 5), "0:1 3:2", "3:detected(1@0,2@3)"},
		{"and, right first", attack, andOp(e(1), e(2), 1, 5), "0:2 3:1", "3:detected(1@3,2@0)"},
		{"and, either way may fail", test, andOp(e(1), e(2), 1, 5), "0:2 9:-", "9:not_respected(2@0)"},
		{"context that fails is silent", test, thenOp(thenOp(e(1), e(2), 1, 5), e(3), 1, 5), "0:1 9:-", ""},
	})
}

// Windows of time.
func TestWindows(t *testing.T) {
	check(t, []scenario{
		{"closed below", attack, thenOp(e(1), e(2), 2, 4), "0:1 2:2", "2:detected(1@0,2@2)"},
		{"too early is ignored", attack, thenOp(e(1), e(2), 2, 4), "0:1 1:2 3:2", "3:detected(1@0,2@3)"},
		{"closed above", attack, thenOp(e(1), e(2), 2, 4), "0:1 4:2", "4:detected(1@0,2@4)"},
		{"over", test, thenOp(e(1), e(2), 2, 4), "0:1 5:2", "5:not_respected(1@0)"},
		{"any packet makes time pass", test, thenOp(e(1), e(2), 2, 4), "0:1 4:- 5:-", "5:not_respected(1@0)"},
		{"window from 0: not the same packet, but the same time", attack, thenOp(e(1), e(2), 0, 4), "0:12 0:2", "0:detected(1@0,2@0)"},
		{"context clipped by the window around it", test,
			thenOp(thenOp(e(1), thenOp(e(2), e(3), 0, 5), 0, 3), e(4), 1, 9), "0:1 2:2 4:3 5:4 20:-", ""},
		{"context within the window around it", test,
			thenOp(thenOp(e(1), thenOp(e(2), e(3), 0, 5), 0, 3), e(4), 1, 9), "0:1 2:2 3:3 5:4",
			"5:respected(1@0,2@2,3@3,4@5)"},
		{"left side of the context is not clipped by its parent's window", test,
			thenOp(thenOp(thenOp(e(1), e(2), 0, 9), e(3), 0, 3), e(4), 1, 9), "0:1 8:2 9:3 10:4",
			"10:respected(1@0,2@8,3@9,4@10)"},
		{"trigger starts anew", test, thenOp(e(1), thenOp(e(2), e(3), 0, 5), 0, 3), "0:1 2:2 6:3",
			"6:respected(1@0,2@2,3@6)"},
		{"trigger starts from the end of the context", test, thenOp(thenOp(e(1), e(2), 0, 3), e(3), 0, 3), "0:1 3:2 6:3",
			"6:respected(1@0,2@3,3@6)"},
	})
}

// Windows of packets.
func TestCounts(t *testing.T) {
	check(t, []scenario{
		{"time does not bind", attack, counted(thenOp(e(1), e(2)), 1, 2), "0:1 5000:- 9000:2", "9000:detected(1@0,2@9000)"},
		{"too early", attack, counted(thenOp(e(1), e(2)), 2, 2), "0:1 1:2 2:2", "2:detected(1@0,2@2)"},
		{"over", test, counted(thenOp(e(1), e(2)), 1, 2), "0:1 1:- 2:- 3:2", "3:not_respected(1@0)"},
		{"time and packets both bind", test, counted(thenOp(e(1), e(2), 0, 5), 1, 9), "0:1 6:2", "6:not_respected(1@0)"},
		{"packets bind first", test, counted(thenOp(e(1), e(2), 0, 50), 1, 1), "0:1 1:- 2:2", "2:not_respected(1@0)"},
		{"not, ended by packets: from the last packet of the window", test,
			thenOp(counted(notOp(e(1), e(2)), 1, 2), e(3), 0, 3), "0:1 10:- 20:- 23:3", "23:respected(1@0,3@23)"},
		{"not, ended by packets: number of the last packet", test,
			counted(thenOp(counted(notOp(e(1), e(2)), 1, 2), e(3)), 1, 1), "0:1 1:- 2:- 3:- 4:3", "4:not_respected(1@0)"},
	})
}

// NOT.
func TestNot(t *testing.T) {
	check(t, []scenario{
		{"root: nothing came", attack, notOp(e(1), e(2), 1, 5), "0:1 6:2", "6:detected(1@0)"},
		{"root: it came", test, notOp(e(1), e(2), 1, 5), "0:1 5:2", "5:not_respected(1@0,2@5)"},
		{"root: it came before the window", test, notOp(e(1), e(2), 2, 5), "0:1 1:2 6:-", "6:respected(1@0)"},
		{"context: what follows starts from the end of the window", attack,
			thenOp(notOp(e(1), e(2), 0, 5), e(3), 0, 3), "0:1 7:- 8:3", "8:detected(1@0,3@8)"},
		{"context: and is over by then", test,
			thenOp(notOp(e(1), e(2), 0, 5), e(3), 0, 3), "0:1 7:- 9:3", "9:not_respected(1@0)"},
		{"context: the packet that shows it may satisfy what follows", attack,
			thenOp(notOp(e(1), e(2), 0, 5), e(3), 0, 3), "0:1 7:3", "7:detected(1@0,3@7)"},
		{"context: all over at once", test,
			thenOp(notOp(e(1), e(2), 0, 5), e(3), 0, 3), "0:1 9:3", "9:not_respected(1@0)"},
		{"context: what must not come ends the instance silently", test,
			thenOp(notOp(e(1), e(2), 0, 5), e(3), 0, 3), "0:1 3:2 6:3 20:-", ""},
		{"context: others of the family go on", test,
			thenOp(thenOp(e(4), notOp(e(1), e(2), 0, 5), 0, 20), e(3), 0, 3), "0:4 1:1 3:2 4:1 10:3",
			"10:respected(1@4,3@10,4@0)"},
		{"trigger: it came", test, thenOp(e(1), notOp(e(2), e(3), 0, 5), 0, 5), "0:1 1:2 2:3",
			"2:not_respected(1@0,2@1,3@2)"},
		{"trigger: nothing came", test, thenOp(e(1), notOp(e(2), e(3), 0, 5), 0, 5), "0:1 1:2 7:3",
			"7:respected(1@0,2@1)"},
		{"not of a not", test, notOp(e(1), notOp(e(2), e(3), 0, 5), 0, 5), "0:1 1:2 2:3", "2:respected(1@0,2@1,3@2)"},
	})
}

// Same packet.
func TestSamePacket(t *testing.T) {
	check(t, []scenario{
		{"then: both", test, thenOp(e(1), e(2), 0, 0), "0:12", "0:respected(1@0,2@0)"},
		{"then: a packet without the second's attributes is not looked at", test, thenOp(e(1), e(2), 0, 0), "0:1 1:2", ""},
		{"three events", test, thenOp(thenOp(e(1), e(2), 0, 5), e(3)), "0:1 1:23", "1:respected(1@0,2@1,3@1)"},
		{"three events, the last does not hold", test, thenOp(thenOp(e(1), e(2), 0, 5), e(3)), "0:1 1:2 2:3", "1:not_respected(1@0,2@1)"},
		{"silent end is that of the copy alone", attack, thenOp(thenOp(e(1), e(2), 0, 5), e(3)), "0:1 1:2 2:23", "2:detected(1@0,2@2,3@2)"},
		{"either of two", test, thenOp(thenOp(e(1), e(2), 0, 5), orOp(e(3), e(4))), "0:1 1:24", "1:respected(1@0,2@1,4@1)"},
		{"in the context", attack, thenOp(thenOp(e(1), e(2)), e(3), 1, 9), "0:1 1:2 2:12 3:3", "3:detected(1@2,2@2,3@3)"},
		{"a branch that does not hold is over", test, thenOp(thenOp(e(1), e(5), 0, 9), orOp(thenOp(e(2), e(3), 1, 9), e(4))), "0:1 1:52 1:4 11:-",
			"11:not_respected(1@0,2@1,5@1)"},
		{"what a NOT of the same packet lets begin", test, thenOp(notOp(e(1), e(2)), e(3), 0, 5), "0:1 3:3", "3:respected(1@0,3@3)"},
		{"not of the same packet that holds", test, thenOp(notOp(e(1), e(2)), e(3), 0, 5), "0:12 3:3 9:-", ""},
	})
}

// Instances and families.
func TestInstances(t *testing.T) {
	two := func() *rule.Node { return thenOp(thenOp(e(1), e(2), 1, 9), e(3), 1, 9) }
	check(t, []scenario{
		{"each first event opens one", attack, thenOp(e(1), e(2), 1, 9), "0:1 1:1 2:2 3:2 4:2",
			"2:detected(1@1,2@2) 3:detected(1@0,2@3)"},
		{"the original waits for the next", attack, two(), "0:1 1:2 2:2 3:3 4:3", "3:detected(1@0,2@2,3@3)"},
		{"a verdict drops the family, not others", attack, two(), "0:1 1:1 2:2 3:3 4:3", "3:detected(1@0,2@2,3@3) 4:detected(1@1,2@2,3@4)"},
		{"time-out of a told type drops the family", test, two(), "0:1 1:2 5:2 11:- 15:-", "11:not_respected(1@0,2@1)"},
		{"silent time-out ends the instance alone", attack, two(), "0:1 1:2 5:2 11:- 14:3", "14:detected(1@0,2@5,3@14)"},
		{"silent pass drops the family", security, two(), "0:1 1:2 2:2 3:3 30:-", ""},
		{"moving part: the instance itself moves on", test, thenOp(e(1), thenOp(e(2), e(3), 0, 3), 0, 9), "0:1 1:2 3:2 5:3", "5:not_respected(1@0,2@1)"},
		{"attack: the first event of the trigger goes to a copy", attack, thenOp(e(1), thenOp(e(2), e(3), 0, 3), 0, 9), "0:1 1:2 3:2 5:3", "5:detected(1@0,2@3,3@5)"},
		{"attack: later events of the trigger move it on", attack, thenOp(e(1), thenOp(thenOp(e(2), e(3), 0, 9), e(4), 0, 2), 0, 0), "0:12 1:3 2:3 4:4 9:-", ""},
		{"moving part: other branches stay open", test, thenOp(e(1), orOp(thenOp(e(2), e(3), 0, 3), e(4)), 0, 9), "0:1 1:2 2:4", "2:respected(1@0,2@1,4@2)"},
		{"moving part: each branch has its window", test, thenOp(e(1), orOp(thenOp(e(2), e(3), 0, 3), e(4)), 0, 9), "0:1 1:2 8:4", "8:respected(1@0,2@1,4@8)"},
		{"context: a copy is committed to its branch", attack, thenOp(thenOp(e(1), orOp(thenOp(e(2), e(3), 0, 5), e(4)), 0, 9), e(5), 1, 9), "0:1 1:2 2:4 3:5",
			"3:detected(1@0,4@2,5@3)"},
		{"not tried again on its packet", attack, thenOp(e(1), e(2), 0, 9), "0:12 1:-", ""},
		{"an original may give two copies on one packet", attack, thenOp(thenOp(e(1), orOp(e(2), e(3)), 1, 9), e(4), 1, 9), "0:1 1:23 2:4 3:4", "2:detected(1@0,3@1,4@2)"},
	})
}

// What comes first on one packet.
func TestOrder(t *testing.T) {
	check(t, []scenario{
		{"one verdict a packet, the rest waits", test, thenOp(e(1), e(2), 1, 5), "0:1 1:1 9:- 10:-", "9:not_respected(1@0) 10:not_respected(1@1)"},
		{"a time-out before events", test, thenOp(e(1), e(2), 1, 5), "0:1 4:1 7:2 8:2", "7:not_respected(1@0) 8:respected(1@4,2@8)"},
		{"earliest bound first", test, thenOp(e(1), thenOp(e(2), e(3), 0, 50), 0, 9), "0:1 1:2 2:1 60:- 61:-",
			"60:not_respected(1@2) 61:not_respected(1@0,2@1)"},
		{"what moved last comes first", test, thenOp(e(1), thenOp(e(2), e(3), 0, 90), 0, 90), "0:1 1:1 2:2 3:3 4:3",
			"3:respected(1@0,2@2,3@3) 4:respected(1@1,2@2,3@4)"},
	})
}
