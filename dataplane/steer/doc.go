// Package steer decides which of several analyzers gets a packet, so that each
// analyzer can keep its sessions to itself.
//
// # What decides
//
// Sessions are keyed by one IP layer of a packet, the one that the option
// ip-encapsulation-index chooses, with its ports. The analyzer follows from the
// two addresses of that layer and from nothing else, whichever is the source. So
// the same analyzer gets
//
//   - both directions of a session,
//   - the fragments of a datagram, of which only the first one shows ports,
//   - all sessions of two hosts with each other: what one of them announces to
//     another (FTP and its data connections) is known where it is needed,
//   - the inner sessions of a tunnel by their own addresses, whichever way
//     through whichever tunnel their packets take.
//
// The price is that two hosts never keep more than one analyzer busy. With many
// hosts the balance is the same as with ports (TestBalance shows both).
//
// A packet without an IP layer, or of a link type that is not looked into (IEEE
// 802.11, 802.15.4, and PPI), goes to analyzer 0.
//
// What spans the sessions of more than two hosts does not stay together: names
// that DNS has told, media that calls announce between other hosts, the sequence
// numbers of a GRE tunnel whose inner sessions are told apart. Analyzers learn
// the first two from packets of each other; BurstAt shows who looks for these
// where their transports are.
//
// # Fragments of tunnels
//
// Of a fragmented datagram that carries a tunnel, only the first fragment shows
// what is inside. Without defragmentation the others make a session of the outer
// addresses, and are steered by these. With it, the datagram must come together
// where its inner session is: a Steer then remembers where it sent the first
// fragment. Where a later one comes before the first, all go where the outer
// addresses lead, and Stats counts a datagram that is thereby kept from its
// inner session. The outer session, which counts the fragments that wait for
// others, is split then.
//
// # What it knows
//
// The way to an IP layer is found as the dissectors of package analyzer/proto
// find it, protocol by protocol and check by check; a test compares the two. A
// header that is known there but not here ends the way at the IP layer outside
// it, which keeps all its packets together, too. Ports, transports and whatever
// is above are not known here.
package steer
