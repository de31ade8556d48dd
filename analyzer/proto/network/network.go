// Package network holds the protocols between link and transport, one file
// each, and what they tell over several packets: overlapping fragments, lost
// packets of tunnels. It does not know how sessions are kept, nor what the
// transports are.
package network
