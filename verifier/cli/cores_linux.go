package cli

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"strconv"

	"golang.org/x/sys/unix"
)

// limit lets all threads of the program run on the given cores only; without any
// nothing changes.
func limit(cores []int) error {
	if len(cores) == 0 {
		return nil
	}
	set, err := usable(cores)
	if err != nil {
		return err
	}
	runtime.GOMAXPROCS(set.Count())
	return setAll(&set)
}

// pin is limit, and binds the caller's thread to the first core; with two or
// more, all other threads run on the rest.
func pin(cores []int) error {
	if err := limit(cores); err != nil || len(cores) < 2 {
		return err
	}
	rest, err := usable(cores[1:])
	if err != nil {
		return err
	}
	runtime.LockOSThread()
	var first unix.CPUSet
	first.Set(cores[0])
	return errors.Join(setAll(&rest), unix.SchedSetaffinity(0, &first))
}

// usable returns the set of cores, all of which the program may use.
func usable(cores []int) (set unix.CPUSet, err error) {
	var allowed unix.CPUSet
	if err := unix.SchedGetaffinity(0, &allowed); err != nil {
		return set, fmt.Errorf("cores: %w", err)
	}
	for _, core := range cores {
		if !allowed.IsSet(core) {
			return set, fmt.Errorf("core %d is not there, or not for this program (it may use %d cores; taskset -p $$ shows which)", core, allowed.Count())
		}
		set.Set(core)
	}
	return set, nil
}

// setAll gives all threads a set of cores. Threads to come have that of the one
// that makes them.
func setAll(set *unix.CPUSet) error {
	threads, err := os.ReadDir("/proc/self/task")
	if err != nil {
		return err
	}
	for _, t := range threads {
		id, err := strconv.Atoi(t.Name())
		if err != nil {
			return err
		}
		if err := unix.SchedSetaffinity(id, set); err != nil && !errors.Is(err, unix.ESRCH) {
			return fmt.Errorf("cores: %w", err)
		}
	}
	return nil
}
