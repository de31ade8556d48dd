// Package session keeps the flows of one thread: keys, a bounded table with
// timers, TCP tracking with its times, reassembly of streams, and IP
// defragmentation. Everything is kept in flat memory without pointers and with
// limits; what does not fit is counted. It knows protocols up to the transport
// and none above, and neither reports nor configuration files.
package session
