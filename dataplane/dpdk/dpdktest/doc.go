// Package dpdktest does what tests and benchmarks of package dpdk need: it sends
// frames through a port, takes its link away, runs the clock conversion, and
// reserves hugepages. It is in builds with the tag dpdk only and knows nothing of
// capture.
package dpdktest
