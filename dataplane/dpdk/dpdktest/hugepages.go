//go:build dpdk && cgo && linux

package dpdktest

import (
	"fmt"
	"os"
	"strconv"
	"strings"
)

// Where the kernel has its hugepages of 2 MiB.
const (
	pages    = "/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages"
	freeOnes = "/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages"
)

// Reserve sees to it that so many hugepages of 2 MiB are free and returns what
// takes them away again. It needs root unless they are free already.
func Reserve(needed int) (giveBack func(), err error) {
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
	if free, err = number(freeOnes); err != nil || free < needed {
		_ = set(before)
		return nil, fmt.Errorf("of %d hugepages the kernel has memory for %d", needed, free)
	}
	return func() {
		if err := set(before); err != nil {
			fmt.Fprintln(os.Stderr, "giving hugepages back:", err)
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
