package pin

import (
	"errors"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

func TestParseCores(t *testing.T) {
	for text, want := range map[string][]int{
		"0": {0}, "0-3,8": {0, 1, 2, 3, 8}, " 5 , 1 - 2 ": {5, 1, 2}, "7-7": {7}, "1023": {1023},
	} {
		got, err := ParseCores(text)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%q: %v, %v, want %v", text, got, err, want)
		}
	}
	for text, want := range map[string]string{
		"": "number is missing", "1,": "number is missing", "1-": "number is missing", "-1": "number is missing",
		"a": `"a" is not a core`, "1024": "from 0 to 1023", "3-1": `did you mean "1-3"`, "1,0-2": "core 1 is named twice",
		"0-99999999999": "is not a core", "1-2-3": `"2-3" is not a core`,
	} {
		got, err := ParseCores(text)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, %v, want an error with %s", text, got, err, want)
		}
	}
}

func TestFormatCores(t *testing.T) {
	for want, cores := range map[string][]int{"": nil, "4": {4}, "0-3,8": {0, 1, 2, 3, 8}, "2,1": {2, 1}, "5,0-1": {5, 0, 1}} {
		if got := FormatCores(cores); got != want {
			t.Errorf("%v: %q, want %q", cores, got, want)
		}
	}
}

func FuzzParseCores(f *testing.F) {
	for _, text := range []string{"0-3,8", "1,,2", "3-1", " 5 , 1 - 2 ", "1023", "9999999999999999999999"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		cores, err := ParseCores(text)
		if err != nil {
			return
		}
		again, err := ParseCores(FormatCores(cores))
		if err != nil || len(cores) == 0 || !slices.Equal(again, cores) {
			t.Errorf("%q is %v, written again %q is %v, %v", text, cores, FormatCores(cores), again, err)
		}
	})
}

// machine is one of two nodes with two physical cores each, of which each has
// two hardware threads, numbered as Linux does.
func machine() Topology {
	sys := fstest.MapFS{
		"class/net/near0/device/numa_node":  {Data: []byte("1\n")},
		"class/net/plain0/device/numa_node": {Data: []byte("-1\n")},
		"class/net/lo/mtu":                  {Data: []byte("65536\n")},
		"devices/system/node/node0/cpulist": {Data: []byte("0-1,4-5\n")},
		"devices/system/node/node1/cpulist": {Data: []byte("2-3,6-7\n")},
	}
	for core, siblings := range []string{"0,4", "1,5", "2,6", "3,7", "0,4", "1,5", "2,6", "3,7"} {
		name := "devices/system/cpu/cpu" + string(rune('0'+core)) + "/topology/thread_siblings_list"
		sys[name] = &fstest.MapFile{Data: []byte(siblings + "\n")}
	}
	return Topology{sys}
}

func TestNodeOf(t *testing.T) {
	for iface, want := range map[string]int{"near0": 1, "plain0": NoNode, "lo": NoNode} {
		if got, err := machine().NodeOf(iface); err != nil || got != want {
			t.Errorf("%s: node %d, %v, want %d", iface, got, err, want)
		}
	}
	for iface, want := range map[string]string{"eth9": "there is none of that name", "../net/lo": "cannot be the name", "": "cannot be the name", "..": "cannot be the name"} {
		if node, err := machine().NodeOf(iface); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: node %d, %v, want an error with %q", iface, node, err, want)
		}
	}
}

func TestOrder(t *testing.T) {
	all := []int{0, 1, 2, 3, 4, 5, 6, 7}
	for _, c := range []struct {
		allowed []int
		node    int
		want    []int
	}{
		{all, 1, []int{2, 3, 6, 7, 0, 1, 4, 5}},
		{all, 0, []int{0, 1, 4, 5, 2, 3, 6, 7}},
		{all, NoNode, []int{0, 1, 2, 3, 4, 5, 6, 7}},
		{[]int{0, 4, 6, 7}, 1, []int{6, 7, 0, 4}},
		{[]int{9}, 0, []int{9}},
	} {
		if got := machine().Order(c.allowed, c.node); !slices.Equal(got, c.want) {
			t.Errorf("node %d of %v: %v, want %v", c.node, c.allowed, got, c.want)
		}
	}
}

func TestChoose(t *testing.T) {
	if got := Choose([]int{4, 2}, 5); !slices.Equal(got, []int{4, 2, 4, 2, 4}) {
		t.Errorf("five threads get %v", got)
	}
	if got := Choose(nil, 3); got != nil {
		t.Errorf("without cores three threads get %v", got)
	}
}

func TestCheck(t *testing.T) {
	if err := Check([]int{1, 3}, []int{0, 1, 2, 3}); err != nil {
		t.Error(err)
	}
	if err := Check([]int{1, 9}, []int{0, 1, 2}); err == nil || !strings.Contains(err.Error(), "core 9 is not there") || !strings.Contains(err.Error(), "0-2") {
		t.Errorf("core 9 of 0-2: %v", err)
	}
}

// TestMachine asks the real machine.
func TestMachine(t *testing.T) {
	if _, err := fs.Stat(os.DirFS("/sys"), "class/net/lo"); errors.Is(err, fs.ErrNotExist) {
		t.Skip("no /sys/class/net here")
	}
	if node, err := Machine().NodeOf("lo"); err != nil || node != NoNode {
		t.Errorf("lo is on node %d, %v", node, err)
	}
}
