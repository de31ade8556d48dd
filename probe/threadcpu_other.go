//go:build !linux

package probe

import "time"

// thisThread returns nothing.
func thisThread() int { return 0 }

// cpuOf knows no thread's processor time.
func cpuOf(int) (time.Duration, bool) { return 0, false }
