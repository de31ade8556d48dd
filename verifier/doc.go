// Package verifier verifies security properties outside the probe: the packets of
// a trace (mmt_sec_standalone), or the attributes that several probes send
// (mmt_sec_server), so that one property can tell what only all of them together
// have seen. It strings together the rule files, the analyser or the messages of
// package wire, the engine, and the channels that verdicts go to.
//
// A Trace verifies a trace; a Sender sends what the rules need of one to a
// server; a Server takes the messages of probes. Each hands its verdicts to
// Verdicts, which makes report lines of them (report 10).
//
// It does not know flags, nor what rules mean.
package verifier
