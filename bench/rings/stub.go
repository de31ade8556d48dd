//go:build !(dpdk && cgo && linux)

package main

// others are what only a build with DPDK has.
var others []transfer

const missing = "rte_ring is not measured: this build has no DPDK (make bench-dpdk)"
