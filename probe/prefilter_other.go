//go:build !linux

package probe

import (
	"mmt/bpf"
	"mmt/dataplane"
)

// openKernelSieve says that XDP needs Linux.
func openKernelSieve(*Run, []dataplane.Source, *bpf.Rules) (kernelSieve, error) {
	return nil, bpf.Supported()
}
