package pin

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
)

// NoNode is the NUMA node of what belongs to none: a virtual interface, or a
// machine of one node.
const NoNode = -1

// Topology tells what the machine says about its cores.
type Topology struct {
	sys fs.FS // what is mounted at /sys
}

// Machine returns the topology of this machine.
func Machine() Topology { return Topology{os.DirFS("/sys")} }

// NodeOf returns the NUMA node that an interface's card is attached to, NoNode
// if there is none or the interface has no card. An interface that does not
// exist is an error.
func (t Topology) NodeOf(iface string) (int, error) {
	dir := path.Join("class/net", iface)
	if !fs.ValidPath(iface) || iface == "." || strings.Contains(iface, "/") {
		return NoNode, fmt.Errorf("interface %q: this cannot be the name of an interface", iface)
	}
	if _, err := fs.Stat(t.sys, dir); err != nil {
		return NoNode, fmt.Errorf("interface %q: there is none of that name (ip link shows them)", iface)
	}
	text, err := fs.ReadFile(t.sys, path.Join(dir, "device/numa_node"))
	if errors.Is(err, fs.ErrNotExist) {
		return NoNode, nil
	}
	if err != nil {
		return NoNode, fmt.Errorf("interface %q: its NUMA node: %w", iface, err)
	}
	node, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil || node < 0 {
		return NoNode, nil // the kernel says -1 where it does not know
	}
	return node, nil
}

// list reads a list of cores from a file, nil if there is none.
func (t Topology) list(file string) []int {
	text, err := fs.ReadFile(t.sys, file)
	if err != nil {
		return nil
	}
	cores, err := ParseCores(strings.TrimSpace(string(text)))
	if err != nil {
		return nil
	}
	return cores
}

// NodeCores returns the cores of a NUMA node, nil if it has none.
func (t Topology) NodeCores(node int) []int {
	return t.list(fmt.Sprintf("devices/system/node/node%d/cpulist", node))
}

// Order sorts the allowed cores by how well they suit threads that poll an
// interface of a NUMA node: cores of the node before the others, and of each
// physical core one hardware thread before the second of any. The allowed cores
// are those that the process may use (Allowed).
func (t Topology) Order(allowed []int, node int) []int {
	near := t.NodeCores(node)
	rank := func(core int) int {
		r := t.sibling(core, allowed)
		if !slices.Contains(near, core) {
			r += MaxCore + 1
		}
		return r
	}
	ordered := slices.Clone(allowed)
	slices.SortStableFunc(ordered, func(a, b int) int { return rank(a) - rank(b) })
	return ordered
}

// sibling returns how many allowed hardware threads of the same physical core
// have a lower number.
func (t Topology) sibling(core int, allowed []int) (n int) {
	for _, other := range t.list(fmt.Sprintf("devices/system/cpu/cpu%d/topology/thread_siblings_list", core)) {
		if other < core && slices.Contains(allowed, other) {
			n++
		}
	}
	return n
}

// Choose gives each of n threads a core from cores, in turn; more threads than
// cores share them. It returns nil if there are no cores.
func Choose(cores []int, n int) []int {
	if len(cores) == 0 {
		return nil
	}
	chosen := make([]int, n)
	for i := range chosen {
		chosen[i] = cores[i%len(cores)]
	}
	return chosen
}

// Check tells whether all cores of a list may be used.
func Check(cores, allowed []int) error {
	for _, core := range cores {
		if !slices.Contains(allowed, core) {
			return fmt.Errorf("core %d is not there, or this process may not use it (it may use %s)", core, FormatCores(allowed))
		}
	}
	return nil
}
