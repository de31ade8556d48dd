// Package transport holds TCP, UDP, SCTP and what shares their place, one file
// each, and the tunnels over UDP that are told packet by packet. What a payload
// is, the flow's classification tells; what a segment means to its connection,
// the session table tells. The package does not know sessions' storage, nor
// the protocols above, but for the headers of tunnels.
package transport
