// Package logs is the execution log of a command: log/slog in front, and behind
// it one of the journal, the system's log, a file, or standard error.
//
// A message takes this way: its level is compared, repeats are held back
// (limiter), what is left waits in a bounded queue, and one goroutine writes it.
// Nobody who logs ever waits for a disk, a daemon or a reader of standard error:
// what finds no room or cannot be written is counted, and told as soon as
// something can be written again.
//
// The package does not know configurations, nor what is logged.
package logs
