// Package netnstest gives tests real interfaces without touching those of the
// machine: network namespaces, veth pairs between them, and a sender that
// counts exactly what it put on the wire. A test that needs them is skipped
// where the rights are missing, with the reason.
//
// A namespace has no name: it lives as long as somebody holds it open, so that
// nothing is left behind even when the test program is killed. IPv6 is off in
// it, and no address is configured: there is no traffic but what a test sends.
//
// The package speaks netlink and AF_PACKET itself and needs no ip command. It
// does not know how packets are captured.
package netnstest
