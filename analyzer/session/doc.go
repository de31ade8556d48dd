// Package session keeps the flows of one thread: keys, a bounded table, timers,
// TCP tracking and reassembly, IP defragmentation. It knows protocols up to the
// transport and none above.
package session
