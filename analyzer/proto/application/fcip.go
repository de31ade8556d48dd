package application

import "mmt/analyzer/proto/id"

// FCIP is Fibre Channel over TCP/IP (RFC 3821): its frames start with the
// encapsulation header of RFC 3643 section 3, which has protocol 1 and version 1
// with their complements twice.
var FCIP = openedBy(id.Fcip, "fcip", "\x01\x01\xfe\xfe\x01\x01\xfe\xfe")
