//go:build !(dpdk && cgo && linux)

package main

import (
	"fmt"
	"os"
)

func main() {
	fmt.Fprintln(os.Stderr, "dpdk: this build has no DPDK: make bench-dpdk")
	os.Exit(1)
}
