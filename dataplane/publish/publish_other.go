//go:build !amd64

package publish

import "sync/atomic"

// Uint32 stores a position.
func Uint32(p *uint32, v uint32) { atomic.StoreUint32(p, v) }

// Uint64 stores a counter.
func Uint64(p *atomic.Uint64, v uint64) { p.Store(v) }
