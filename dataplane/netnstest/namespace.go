//go:build linux

package netnstest

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"testing"

	"golang.org/x/sys/unix"
)

// Namespace is a network namespace.
type Namespace struct{ file *os.File }

// New makes a namespace that goes away when the test ends. It skips the test
// where the rights for it are missing.
func New(t testing.TB) *Namespace {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("needs root for network namespaces")
	}
	type result struct {
		file *os.File
		err  error
	}
	made := make(chan result)
	go func() {
		runtime.LockOSThread() // for good: the thread ends with the goroutine
		file, err := unshare()
		made <- result{file, err}
	}()
	r := <-made
	switch {
	case errors.Is(r.err, unix.EPERM):
		t.Skip("may not make network namespaces here")
	case r.err != nil:
		t.Fatal(r.err)
	}
	t.Cleanup(func() { r.file.Close() })
	return &Namespace{r.file}
}

// current opens the namespace of the calling thread.
func current() (*os.File, error) { return os.Open("/proc/thread-self/ns/net") }

// unshare moves the calling thread to a new, quiet namespace.
func unshare() (*os.File, error) {
	if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
		return nil, fmt.Errorf("network namespace: %w", err)
	}
	for _, name := range []string{"all", "default"} {
		err := os.WriteFile("/proc/sys/net/ipv6/conf/"+name+"/disable_ipv6", []byte("1"), 0)
		if err != nil && !errors.Is(err, os.ErrNotExist) { // a kernel without IPv6 is as quiet
			return nil, err
		}
	}
	return current()
}

// Do calls f with its thread in the namespace. Sockets that f opens and
// processes that it starts stay there; goroutines that it starts do not. f may
// end the test.
func (n *Namespace) Do(f func()) {
	runtime.LockOSThread()
	before, err := current()
	if err != nil {
		panic("netnstest: " + err.Error())
	}
	defer before.Close()
	if err := unix.Setns(int(n.file.Fd()), unix.CLONE_NEWNET); err != nil {
		panic("netnstest: entering a namespace: " + err.Error())
	}
	defer func() {
		if err := unix.Setns(int(before.Fd()), unix.CLONE_NEWNET); err != nil {
			panic("netnstest: leaving a namespace: " + err.Error())
		}
		runtime.UnlockOSThread()
	}()
	f()
}
