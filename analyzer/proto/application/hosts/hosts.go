// Package hosts knows which application (service) owns a host name and which
// owns an address block, and the family (class) of every application and
// protocol. It is data in three tables, applications.tsv, protocol_classes.tsv
// and addresses.tsv, and what looks them up. It does not know where a name or
// an address comes from (HTTP, TLS, QUIC, DNS), nor what an application's
// packets look like.
package hosts

import (
	"io"
	"maps"
	"slices"
	"sync"
)

// App is one application.
type App struct {
	ID    uint32
	Name  string
	Class Class
}

// Table answers who owns a name or an address. It never changes once loaded:
// any number of goroutines may read it. Looking up does not allocate.
type Table struct {
	apps      []App
	names     nameIndex
	addresses addrIndex
}

// Load returns the table of the built-in data, which is parsed once. The error
// is nil unless the program was built with broken tables.
func Load() (*Table, error) { return builtin() }

var builtin = sync.OnceValues(func() (*Table, error) {
	b, err := newBuilder()
	if err != nil {
		return nil, err
	}
	return b.table()
})

// LoadWith returns the table of the built-in data with a user's additions.
//
// extra has lines as applications.tsv does, described there; among the patterns
// there may be address blocks (CIDR). A line may name an application of the
// table (its id and name must both be those of the table; the class becomes the
// line's) or a new one, with an id from 4000 to 4095. What a line says of a
// pattern or a block wins over the built-in data. Errors name the line, and the
// file if extra has a Name, as os.File does.
func LoadWith(extra io.Reader) (*Table, error) {
	b, err := newBuilder()
	if err != nil {
		return nil, err
	}
	if err := b.addUser(extra); err != nil {
		return nil, err
	}
	return b.table()
}

// Applications returns all applications by ascending id. The slice is the
// caller's.
func (t *Table) Applications() []App { return slices.Clone(t.apps) }

// Lookup returns the id of the application that owns a host name, as
// applications.tsv says: the longest pattern that matches. Case, a port
// (":443"), and a dot at the end do not matter; host may also be a certificate's
// name with a star. Names longer than 255 bytes belong to nobody.
func (t *Table) Lookup(host []byte) (id uint32, ok bool) {
	id = t.names.lookup(trim(host))
	return id, id != 0
}

// LookupAddr returns the id of the application that owns the longest address
// block around a. IPv4 addresses are mapped to IPv6 (::ffff:192.0.2.1), in
// network byte order.
func (t *Table) LookupAddr(a [16]byte) (id uint32, ok bool) {
	id = t.addresses.lookup(&a)
	return id, id != 0
}

// table turns what the builder has collected into indexes.
func (b *builder) table() (*Table, error) {
	t := &Table{apps: slices.Collect(maps.Values(b.apps))}
	slices.SortFunc(t.apps, func(x, y App) int { return int(x.ID) - int(y.ID) })
	if err := t.names.build(b.patterns); err != nil {
		return nil, err
	}
	t.addresses.build(b.blocks)
	return t, nil
}
