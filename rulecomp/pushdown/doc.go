// Package pushdown finds out which packets security rules can look at, so that
// others can be kept away in front of everything else: it turns checked rules into
// the packets that the prefilter of package bpf is to pass. It knows no XML and
// reads no packets.
//
// # What passes
//
// A packet that some event of some rule could match, and every packet that
// matters for how such a one is read:
//
//   - of an event, what meets its conditions on link to transport headers, as far
//     as the prefilter can compare them: IP version, protocol, addresses, ports,
//     TCP flags, ICMP types, fragments, IPv4 options;
//   - of an event that asks what its flow has told (tcp.retransmission,
//     meta.direction), all packets of such flows, both ways;
//   - of an event that asks an application protocol, all packets of the transports
//     that the protocol runs on, whatever the port, since it is told by content;
//   - of an event that asks for counters of a protocol, all packets of it;
//   - what may carry other packets: IP protocols that are tunnels, UDP ports of
//     tunnels, and all that is not IP, such as MPLS and PPPoE; so what a rule
//     asks of inner headers is never lost, whatever it asks of outer ones.
//     Reports of in-band telemetry are tunnels at the ports 6000 and 32766.
//
// What the prefilter cannot compare because it is cut or a fragment passes.
//
// # Time
//
// The engine ends windows when packets come. Of most rules a window that ends is
// silent, and then it does not matter which packet ended it. Where the end of a
// window is told as a verdict (a SECURITY or TEST property whose trigger has not
// come, a NOT that ends well), the verdict bears the time of the packet that ended
// it: such rules look at every packet. So do rules with windows counted in
// packets, and all rules where nothing more of a session is to be verified after a
// verdict.
//
// Numbers of packets and of sessions in a verdict's history count the packets that
// passed.
package pushdown
