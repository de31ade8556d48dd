// Package prefilter puts the prefilter (package bpf) in front of any source of
// packets, in user space: for traces, for links and cards that XDP does not
// work on, and where the rights for it are missing. What it drops goes back to
// the source at once and is counted under its reason.
//
// The verdicts are those of the kernel. Links other than Ethernet, which the
// kernel's program does not know, are matched from their network layer on: raw
// IP, Linux cooked capture, BSD loopback, PPP and Cisco HDLC. Packets of other
// links (802.11, 802.15.4, PPI) pass as undecided.
//
// The package does not know where packets come from, nor how rules are written.
package prefilter
