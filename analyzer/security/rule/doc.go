// Package rule holds what a security property says, after its file was read and
// checked: the tree of its events and operators, the expressions of its events,
// the attributes that it reads (manual section 4.1). It is the common form that
// the compiler makes, that a compiled rule file stores and that the engine runs.
// Of verdicts it knows what report 10 shows.
//
// It does not know where properties come from (package rulecomp) nor how they
// are verified (package security).
package rule
