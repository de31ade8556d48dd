// Package ipfix writes IPFIX messages (RFC 7011) that tell of sessions, both
// directions in one record (biflows, RFC 5103). It makes bytes only: it does not
// know where sessions come from nor how messages travel.
//
// All numbers are big endian. A record is kept with the number of its template
// before it, so that records of several templates can wait in one queue.
package ipfix

import "encoding/binary"

var order = binary.BigEndian
