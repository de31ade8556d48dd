// Package bpf is the prefilter: what looks at a frame before anything else does.
// It lets packets pass or drops them by address prefix, port and protocol,
// keeps 1 of n flows, and takes flows that need no more looking at off the hands
// of user space while it goes on counting them.
//
// It runs as an XDP program in the kernel (c/, loaded by [Load]) or, where that
// cannot be had, in user space ([Filter]); [Supported] says why not. Both give
// the same verdict for the same reason on every frame, which a test holds.
//
// The package knows frames from Ethernet to transport ports, with up to two VLAN
// tags and eight IPv6 extension headers. It does not look into tunnels, does not
// put fragments together and knows nothing of sessions, rules or packet sources.
//
// # Who needs to know
//
// A packet that the rules cannot be applied to passes, and the reason tells:
// fragments and cut headers have no ports that could be compared. Dropped means
// dropped: in the kernel, the host itself does not get such a packet either. Use
// the prefilter on interfaces that are there for capturing.
//
// # Rights
//
// Loading needs CAP_BPF, CAP_PERFMON (the verifier lets only those compare packet
// lengths) and CAP_NET_ADMIN, or root, and Linux 5.11 (a clock that is cheap enough for
// every packet).
package bpf
