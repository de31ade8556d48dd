// Package output brings finished report lines to where they are wanted: files,
// standard output, and (one file of this package each) buses and databases. It
// knows nothing of what is in a line, only that a line has no line end.
//
// A worker owns one Writer. The Writer keeps lines in one Batch a channel and
// hands a batch over when it has cache-max lines or when cache-period has
// passed (manual section 3.1, block output). Time is whatever the worker passes
// to Tick: packet time or wall clock; the package reads no clock on that way.
//
// # When a channel does not take lines
//
// A Channel says how many lines of a batch it took. The rest stays in the
// batch, and is offered again each cache-period, until the batch has MaxPending
// bytes; from then on new lines are lost, and counted. So for each channel
//
//	received = written + pending + lost
//
// holds in every Stats, and nothing a channel does ends the program.
package output
