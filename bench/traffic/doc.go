// Package traffic makes realistic network traces out of nothing but a seed:
// whole conversations of some thirty protocols, from Ethernet to application
// payload, with right lengths and checksums. The demo, the golden tests, the
// comparison with other dissectors and the replay benchmark live on it.
//
// The same seed gives the same bytes with the same Go release (a new release
// may compress or encode certificates differently). Clients live in
// 10.0.0.0/8 and 2001:db8:c::/48, servers in 198.18.0.0/15 (RFC 2544) and
// 2001:db8:5e::/48 (RFC 3849), so that no packet concerns a real host; the
// address of a server follows from its name, which makes the DNS answers agree
// with the connections.
//
// The package knows how protocols look on the wire. It does not know how the
// probe reads them: it shares no code with the dissectors, and must not, or a
// common error would go unseen.
package traffic
