package pin

import (
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// apart runs f on a goroutine of its own, whose thread ends with it.
func apart(f func()) {
	done := make(chan bool)
	go func() {
		defer close(done)
		f()
	}()
	<-done
}

func TestLock(t *testing.T) {
	allowed, err := Allowed()
	if err != nil || len(allowed) == 0 || !slices.IsSorted(allowed) {
		t.Fatalf("allowed cores: %v, %v", allowed, err)
	}
	for _, core := range allowed {
		apart(func() {
			thread, err := Lock(core)
			if err != nil {
				t.Errorf("core %d: %v", core, err)
				return
			}
			var set unix.CPUSet
			if err := unix.SchedGetaffinity(0, &set); err != nil || set.Count() != 1 || !set.IsSet(core) {
				t.Errorf("after Lock(%d) the thread may use %d cores, %v", core, set.Count(), err)
			}
			if thread != Current() {
				t.Errorf("Lock returns thread %v, this is %v", thread, Current())
			}
		})
	}
	again, err := Allowed()
	if err != nil || !slices.Equal(again, allowed) {
		t.Errorf("the process may now use %v, not %v: %v", again, allowed, err)
	}
}

func TestLockNowhere(t *testing.T) {
	allowed, err := Allowed()
	if err != nil || slices.Contains(allowed, MaxCore) {
		t.Skip("every core may be used")
	}
	apart(func() {
		if _, err := Lock(MaxCore); err == nil || !strings.Contains(err.Error(), "cannot run on core 1023") {
			t.Errorf("core %d: %v", MaxCore, err)
		}
	})
}

// onOther runs f on a thread of its own that ends with it, which the main thread,
// should the goroutine be on it, does not.
func onOther(f func()) {
	runtime.LockOSThread()
	if unix.Gettid() != os.Getpid() {
		f()
		return
	}
	defer runtime.UnlockOSThread()
	done := make(chan bool)
	go func() {
		defer close(done)
		onOther(f)
	}()
	<-done
}

// TestCPU asks from another thread how much one has worked and rested.
func TestCPU(t *testing.T) {
	threads, rest := make(chan Thread), make(chan bool)
	done := make(chan bool)
	go onOther(func() {
		defer close(done)
		thread := Current()
		for start := thread.CPU(); thread.CPU()-start < 20*time.Millisecond; {
		}
		threads <- thread
		<-rest
	})
	thread := <-threads
	worked := thread.CPU()
	time.Sleep(20 * time.Millisecond)
	rested := thread.CPU() - worked
	close(rest)
	<-done
	if worked < 20*time.Millisecond || rested > 10*time.Millisecond {
		t.Errorf("worked %v, then %v while resting", worked, rested)
	}
	for end := time.Now().Add(5 * time.Second); thread.CPU() != 0; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("a thread that has ended still has a clock")
		}
	}
}
