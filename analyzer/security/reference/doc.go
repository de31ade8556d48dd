// Package reference verifies security properties slowly, in the plainest way
// that the meaning of a property allows. Only tests use it: what the engine
// (package security) says is compared with what this package says, on random
// rules and random packets (package random) and on traces.
//
// An instance of a property holds, for each node of the property's tree, whether
// it waits, has passed or has failed, and within which window; copies are made
// by copying all of it. The package does not know where rules or packets come
// from, nor how the engine works: nothing but the form of a rule is shared.
//
// # Readings
//
// Where more than one reading of the meaning is possible, this package takes
// the following one.
//
//   - The first events of a trigger. If nobody is told that the trigger failed
//     (ATTACK, EVASION), they are given to copies, as in the context: traces with
//     known verdicts show it. What comes after them moves the instance itself. If
//     failing is a verdict (SECURITY, TEST), they move the instance too, or else
//     an original would fail while its copy goes on to pass.
//   - Age: when several windows ended at the same moment, the instance that came
//     into its present state first goes first. An instance comes into a new state
//     when it is created, when it moves on, and when a NOT in it passes; it does
//     not when it merely loses a branch.
//   - One event may be awaited at several places of an instance. In the context
//     each place gives its own copy, of the same family (also when they are the
//     first events of a property: one packet and one event open one family). In a
//     moving part the event takes all the places whose window is open.
//   - max-instances bounds the opening of families only: a packet opens none
//     while as many instances wait. Copies are always made.
//   - [0, 0] means the same packet; it wins over another window given beside it.
//     Each event awaited with it is tried once, on the packet that brought it
//     about; what did not hold then is over at once, even if another branch held,
//     and in the context even though copies were made from it. When a NOT that
//     passed by time-out brought it about, there is no such packet, and it is over
//     at once.
//   - A NOT whose right side was over at once passes at the time and number of
//     that packet, which is not tried on what follows.
//   - A NOT whose right side failed because an event occurred (a NOT inside it)
//     passes at that packet, which is not tried again.
//   - When the right side of a NOT in the context holds, the instance ends
//     silently; others of its family go on.
//   - A silent pass drops the family also when it came by time-out.
//   - A pass by time-out while conjuncts are still put off ends the instance
//     silently.
//   - The conjuncts of an event are all operands of && at any depth below &&.
//   - A conjunct that was put off sees of its own packet only what is remembered:
//     the event's Needs. On one packet nothing needs to be remembered.
//   - An event that occurs again has its conjuncts checked again; those of other
//     events that were checked against its former values are not.
//   - A rule tried on one packet: the left event must hold without the conjuncts
//     that speak of the right one; these belong to the right event. For AND, each
//     event must hold without the conjuncts that speak of the other; if both do and
//     the others fail, the right event is the one that does not hold.
//   - A window with both a negative and a positive part beside a second window:
//     "before" and "after" need all windows that are given.
package reference
