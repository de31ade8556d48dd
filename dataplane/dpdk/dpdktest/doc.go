// Package dpdktest does what tests of package dpdk need C for: it sends frames
// through a port, takes its link away, and runs the clock conversion. It is in
// builds with the tag dpdk only and knows nothing of capture.
package dpdktest
