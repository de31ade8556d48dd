//go:build !linux

package probe

import "mmt/analyzer"

// flowsOf says that no sessions are counted: XDP needs Linux.
func flowsOf(kernelSieve) analyzer.BypassedFlows { return nil }
