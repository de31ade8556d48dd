//go:build !(dpdk && cgo && linux)

package probe_test

// dpdkBuild tells whether these tests are of a build with DPDK.
const dpdkBuild = false
