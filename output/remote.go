package output

import (
	"context"
	"fmt"
)

// Remote is the far end of a channel that goes over a network: what one file of
// this package implements for one kind of server. A Queue holds the lines,
// retries, spills and counts; a Remote only connects and sends.
//
// All methods are called by one goroutine. The life of a Remote is Open, any
// number of Send, Close; and again from Open after an error. Every context has
// a deadline, or ends when the run ends: what waits for the network must end
// with it.
type Remote interface {
	// Open connects. The Queue calls it before the first Send, and after each
	// Close. Where a client library connects by itself, Open makes sure that the
	// server answers: an error here costs nothing, in Send it may cost a batch.
	Open(ctx context.Context) error

	// Send takes all lines of b to the far end, in their order, and returns when
	// the far end has taken them, as surely as it ever says. b and its lines are
	// the Queue's again when Send returns: a library that keeps them needs a
	// copy. Lines have no line end, b.Bytes has them.
	//
	// sent is how many lines, from the start of b, are surely there. With sent
	// less than b.Len() there is an error, one of
	//
	//   - any error: the rest is sent again, after a Close, a pause and an Open,
	//     so a channel that returns it for lines whose fate is unknown delivers
	//     at least once;
	//   - Unconfirmed: the next lines may have come or not. They are lost for the
	//     count and not sent again, so the channel delivers at most once. The
	//     rest as above;
	//   - Refused: the far end answered that it will never take the next lines
	//     (too large, not valid). They are lost, and the rest is sent at once, on
	//     the same connection.
	//
	// An error of the connection or of the whole channel (no such topic, no
	// permission) is not a Refused: somebody may mend it.
	Send(ctx context.Context, b *Batch) (sent int, err error)

	// Close disconnects, without waiting long. It is called once for each Open
	// that returned no error.
	Close() error
}

// Reason is why a line was lost.
type Reason uint8

// The reasons.
const (
	LostQueueFull   Reason = iota // no room in memory, and the channel has no spill
	LostSpillFull                 // no room in memory, nor on disk
	LostRefused                   // the far end will never take the line
	LostUnconfirmed               // sent, not confirmed, and not to be sent twice
	LostAtEnd                     // not sent when the run ended, and no room on disk
	LostDamaged                   // what was written to a file cannot be read or completed

	reasons = iota
)

// reasonNames holds the word of each reason in logs and metrics.
var reasonNames = [reasons]string{"queue full", "spill full", "refused", "unconfirmed", "end of run", "damaged"}

// String returns the word of the reason in logs and metrics.
func (r Reason) String() string { return reasonNames[r] }

// Losses counts lost lines by reason.
type Losses [reasons]uint64

// Sum is the number of lines lost for any reason.
func (l *Losses) Sum() (n uint64) {
	for _, lines := range l {
		n += lines
	}
	return n
}

// add adds the counts of other.
func (l *Losses) add(other *Losses) {
	for i, lines := range other {
		l[i] += lines
	}
}

// givenUp is the error of lines that are not sent again.
type givenUp struct {
	lines  int // after those that were sent
	reason Reason
	err    error
}

func (g *givenUp) Error() string {
	return fmt.Sprintf("%d lines %s: %v", g.lines, g.reason, g.err)
}

func (g *givenUp) Unwrap() error { return g.err }

// Refused is the error of Remote.Send where the far end will never take the
// lines lines after those that were sent, for the reason err.
func Refused(lines int, err error) error { return &givenUp{lines, LostRefused, err} }

// Unconfirmed is the error of Remote.Send where it is unknown whether the lines
// lines after those that were sent have come, and they must not come twice.
func Unconfirmed(lines int, err error) error { return &givenUp{lines, LostUnconfirmed, err} }
