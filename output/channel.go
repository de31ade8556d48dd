package output

// Channel takes lines to one destination, for one worker: its methods are
// called by one goroutine, except Lost. What the channels of several workers
// share (a directory, a connection) lies behind them and guards itself.
type Channel interface {
	// Name is the channel's word in the configuration.
	Name() string

	// Write takes lines from the start of b and says how many: all of them, or
	// fewer and the reason. The batch is the caller's again when Write returns.
	// now is the worker's time, in nanoseconds since 1970.
	Write(b *Batch, now int64) (taken int, err error)

	// Flush ends a cache-period: what was taken should now become visible. It
	// also returns errors that came up since the last call.
	Flush(now int64) error

	// Close makes everything visible that was taken, and frees the channel.
	Close() error

	// Lost counts the lines that Write took and that then got lost. It may be
	// called by any goroutine, also after Close.
	Lost() uint64
}
