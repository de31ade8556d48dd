package pin

import (
	"fmt"
	"runtime"
	"slices"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// start returns what the process might use when it was asked first. Later no
// thread tells: the first one may have been bound to a core like any other.
var start = sync.OnceValues(func() ([]int, error) {
	var set unix.CPUSet
	if err := unix.SchedGetaffinity(unix.Getpid(), &set); err != nil {
		return nil, fmt.Errorf("cores that this process may use: %w", err)
	}
	var cores []int
	for core := range MaxCore + 1 {
		if set.IsSet(core) {
			cores = append(cores, core)
		}
	}
	return cores, nil
})

// Allowed returns the cores that the process may use, in the order of their
// numbers: those that it might use before the first Lock.
func Allowed() ([]int, error) {
	cores, err := start()
	return slices.Clone(cores), err
}

// Lock binds the calling goroutine to its thread and the thread to a core, until
// the goroutine ends; its thread is used by no other then. On an error it is
// bound to neither.
func Lock(core int) (Thread, error) {
	start() // while it can be known
	runtime.LockOSThread()
	var set unix.CPUSet
	set.Set(core)
	if err := unix.SchedSetaffinity(0, &set); err != nil {
		runtime.UnlockOSThread()
		return Thread{}, fmt.Errorf("cannot run on core %d: %w (the process may not be allowed to use it, taskset -p %d shows)", core, err, unix.Getpid())
	}
	return Current(), nil
}

// Thread is a thread of this process.
type Thread struct{ id int }

// Current returns the calling thread. It means something only while the
// goroutine is locked to it.
func Current() Thread { return Thread{unix.Gettid()} }

// CPU returns the processor time that the thread has used, 0 once it has ended.
// Any thread may ask.
func (t Thread) CPU() time.Duration {
	// A clock's number is the thread's, inverted, before three bits that say
	// that it is a thread's and counts the time on a processor (clock_getres(2),
	// pthread_getcpuclockid(3)).
	const perThread, running = 4, 2
	var now unix.Timespec
	if unix.ClockGettime(int32(^t.id<<3|perThread|running), &now) != nil {
		return 0
	}
	return time.Duration(now.Nano())
}
