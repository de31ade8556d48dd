// Package pipeline moves bursts of packets from sources to the workers that
// analyse them.
//
// With workers of their own threads, one poller for each source receives bursts
// straight into the slots of a ring, and notes of each packet which worker it
// belongs to. Every worker reads all bursts, in place, and analyses its packets
// (analyzer.Share says why it sees the others, too). When all have read a burst,
// the poller gives its packets back to the source. Without such threads, the one
// that receives also analyses.
//
// Traces are never lost: the poller waits for the slowest worker. Packets of live
// sources are lost, and counted, when more of them wait for one worker than its
// queue holds (manual section 3.1, thread-queue), so that one that is overloaded
// does not stop the others.
//
// The package knows sources, rings, cores and workers. It does not know what
// packets hold, nor where reports go.
package pipeline
