// Package network holds the protocols between link and transport, one file
// each. It does not know ports or sessions.
package network
