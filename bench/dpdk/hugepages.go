//go:build dpdk && cgo && linux

package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
)

// Hugepages that the run needs, and where the kernel has them.
const (
	needed   = 128
	pages    = "/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages"
	freeOnes = "/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages"
)

// reserve sees to it that there are enough hugepages and returns what takes
// them away again.
func reserve() (giveBack func(), err error) {
	free, err := number(freeOnes)
	if err != nil {
		return nil, err
	}
	if free >= needed {
		return func() {}, nil
	}
	before, err := number(pages)
	if err != nil {
		return nil, err
	}
	set := func(n int) error { return os.WriteFile(pages, []byte(strconv.Itoa(n)), 0) }
	if err := set(before + needed - free); err != nil {
		return nil, fmt.Errorf("reserving hugepages: %w (run as root, or reserve %d of 2 MiB before)", err, needed)
	}
	return func() {
		if err := set(before); err != nil {
			fmt.Fprintln(os.Stderr, "dpdk: giving hugepages back:", err)
		}
	}, nil
}

func number(path string) (int, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(strings.TrimSpace(string(text)))
}
