// Package dpi is the dissection library of manual section 5, in Go: the
// registry of protocols and attributes, the protocol path of a packet,
// classification of flows, extraction of registered attributes, packet and
// attribute handlers, and statistics per protocol.
//
// A Registry is built once from a list of Protocol values and never changes
// afterwards, so that any number of threads may share it. A Handler (the
// manual's mmt_handler_t) belongs to one thread; it turns packets into paths,
// finds their flows through a SessionTable, and calls what has been registered
// with it.
//
// The package does not know any particular protocol, how sessions are stored,
// or what a report is.
package dpi
