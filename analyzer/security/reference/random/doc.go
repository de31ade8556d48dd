// Package random makes random rules and random packets for tests that compare
// the engine of security properties with the reference interpreter, and makes
// counterexamples small. The same seed gives the same rules and packets.
//
// It knows the form of rules, but not what they mean: what it makes is only
// chosen so that a good share of rules comes to a verdict.
package random
