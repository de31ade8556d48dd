package probe

import (
	"time"

	"golang.org/x/sys/unix"
)

// thisThread returns the number of the caller's OS thread.
func thisThread() int { return unix.Gettid() }

// cpuOf returns the processor time of a thread of this process, which any other
// may ask for.
func cpuOf(thread int) (time.Duration, bool) {
	const perThreadSched = 6 // CPUCLOCK_PERTHREAD_MASK | CPUCLOCK_SCHED, linux/posix-timers.h
	var ts unix.Timespec
	if err := unix.ClockGettime(int32(^thread<<3|perThreadSched), &ts); err != nil {
		return 0, false
	}
	return time.Duration(ts.Nano()), true
}
