package bpf

import (
	"errors"
	"fmt"
	"io/fs"
	"sync"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"github.com/cilium/ebpf/features"
	"golang.org/x/sys/unix"
)

// needs are the parts of the kernel that the prefilter uses, and the version of
// Linux that brought each.
var needs = []struct {
	what  string
	since string
	probe func() error
}{
	{"XDP programs", "4.8", func() error { return features.HaveProgramType(ebpf.XDP) }},
	{"maps of address prefixes", "4.11", func() error { return features.HaveMapType(ebpf.LPMTrie) }},
	{"maps of maps", "4.12", func() error { return features.HaveMapType(ebpf.ArrayOfMaps) }},
	{"AF_XDP sockets", "4.18", func() error { return features.HaveMapType(ebpf.XSKMap) }},
	{"maps in user memory", "5.5", func() error { return features.HaveMapFlag(features.BPF_F_MMAPABLE) }},
	{"jumps on 32 bits in BPF", "5.1", features.HaveV3ISA},
	{"coarse clock for BPF", "5.11", func() error { return features.HaveProgramHelper(ebpf.XDP, asm.FnKtimeGetCoarseNs) }},
	{"redirection by BPF", "4.14", func() error { return features.HaveProgramHelper(ebpf.XDP, asm.FnRedirectMap) }},
}

// Supported returns nil if this process can load the prefilter, else an error
// that says what is missing: it wraps ErrNotSupported if that is a part of the
// kernel, fs.ErrPermission if it is a right. The answer is found once.
var Supported = sync.OnceValue(func() error {
	raiseMemlock()
	for _, n := range needs {
		if err := n.probe(); errors.Is(err, ebpf.ErrNotSupported) {
			return fmt.Errorf("the kernel has no %s (Linux %s and newer): %w", n.what, n.since, ErrNotSupported)
		} else if err != nil {
			return explain(err)
		}
	}
	return nil
})

// explain tells what the user can do about an error of the kernel.
func explain(err error) error {
	switch {
	case errors.Is(err, unix.EACCES): // from the verifier
		return fmt.Errorf("the kernel's verifier refuses the program, as it does without CAP_PERFMON: %w", err)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("no right to use BPF: run as root or give the program "+
			"CAP_BPF, CAP_PERFMON and CAP_NET_ADMIN (setcap, or AmbientCapabilities in its systemd unit): %w", err)
	}
	return err
}

// raiseMemlock takes away the limit that kernels before 5.11 count maps
// against. Where it cannot be raised, the error comes from the map.
func raiseMemlock() {
	limit := unix.Rlimit{Cur: unix.RLIM_INFINITY, Max: unix.RLIM_INFINITY}
	_ = unix.Setrlimit(unix.RLIMIT_MEMLOCK, &limit)
}
