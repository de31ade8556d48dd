// Package transport holds TCP, UDP, SCTP and what shares their place, one file
// each. What their payload is, the flow's classification tells; what it is
// worth, sessions tell.
package transport
