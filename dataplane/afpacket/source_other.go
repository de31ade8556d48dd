//go:build !linux

package afpacket

import (
	"errors"
	"io"

	"mmt/dataplane"
)

// Source is the capture of an interface, which other systems than Linux do not
// have in this way.
type Source struct{}

var errSystem = errors.New("live capture by AF_PACKET needs Linux (read a trace instead)")

// Open says that there is no AF_PACKET.
func Open(string, Options) (*Source, error) { return nil, errSystem }

// OpenGroup says that there is no AF_PACKET.
func OpenGroup(string, int, Options) ([]*Source, error) { return nil, errSystem }

// Receive implements dataplane.Source.
func (*Source) Receive(*dataplane.Burst) error { return io.EOF }

// Release implements dataplane.Source.
func (*Source) Release(*dataplane.Burst) {}

// Stats implements dataplane.Source.
func (*Source) Stats() dataplane.Stats { return dataplane.Stats{} }

// Counters returns nothing.
func (*Source) Counters() dataplane.Counters { return dataplane.Counters{} }

// Describe returns nothing.
func (*Source) Describe() string { return "" }

// Link returns nothing.
func (*Source) Link() dataplane.LinkType { return 0 }

// Stop does nothing.
func (*Source) Stop() {}

// Close implements dataplane.Source.
func (*Source) Close() error { return nil }
