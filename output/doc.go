// Package output brings finished report lines to where they are wanted: files,
// standard output, and (one file of this package each) buses, databases and
// sockets. It knows nothing of what is in a line, only that a line has no line
// end.
//
// A worker owns one Writer. The Writer keeps lines in one Batch a channel and
// hands a batch over when it has cache-max lines or when cache-period has
// passed (manual section 3.1, block output). Time is whatever the worker passes
// to Tick: packet time or wall clock; the package reads no clock on that way.
//
// # Channels over a network
//
// Each has a Remote, which connects and sends, and a Queue, which does the rest
// for all of them: it takes batches from the Writers of all threads without
// making them wait, holds them in bounded memory, moves them to a bounded folder
// on disk when the far end fails or stands still, sends them in their order,
// tries again with growing pauses, and counts. A new channel is one file with a
// Remote.
//
//   - What a Queue was given and could not send when the run ends, by itself or
//     by a crash of the program, is on disk, and the next run sends it. A kill
//     loses what the Writers hold, the batch that was being sent and the one
//     behind it (more of a trace, see QueueOptions.Wait). The disk is not waited
//     for: a power failure may cost more, and damaged files are skipped and
//     counted.
//   - Delivery is at least once: a batch whose fate is unknown is sent again. A
//     Remote may promise at most once instead (see Unconfirmed); its doc says so.
//
// # Files and standard output
//
// Both are Channels that whoever writes calls itself: for a trace, where nothing is
// to be lost and a slow disk or reader may slow the analysis down. Where packets
// come by themselves each is Detached: a Queue in memory stands before it, so that
// neither a disk that stands still nor a pipe that nobody reads holds the analysis.
//
// # When a channel does not take lines
//
// A Channel says how many lines of a batch it took. The rest stays in the
// batch, and is offered again each cache-period, until the batch has MaxPending
// bytes; from then on new lines are lost, and counted. So for each channel
//
//	received = written + pending + lost
//
// holds in every Stats, and nothing a channel does ends the program. A Queue
// takes everything: what it has no room for it counts itself, by reason.
package output
