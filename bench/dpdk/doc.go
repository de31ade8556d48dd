// Command dpdk compares the probe's way of receiving through DPDK, in Go, with a
// loop in C that does nothing else, in one run and in turns: each receives
// packets of 64 bytes from a net_null port of its own, adds up the first byte of
// each, counts packets and bytes, knows when each burst came, and gives them back.
// The C loop is as DPDK's examples are: a pool with a cache for its registered
// thread. It needs the build tag dpdk.
package main
