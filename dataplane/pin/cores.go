package pin

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// MaxCore is the highest number that a core can have.
const MaxCore = 1023

// ParseCores reads a list of cores such as "0-3,8", which may have spaces around
// its numbers. It keeps the order, for the first core is that of the first
// thread. A core that is named twice is an error, as is an empty list.
func ParseCores(list string) ([]int, error) {
	var cores []int
	for part := range strings.SplitSeq(list, ",") {
		first, last, err := parseRange(part)
		if err != nil {
			return nil, fmt.Errorf("list of cores %q: %w", list, err)
		}
		for core := first; core <= last; core++ {
			if slices.Contains(cores, core) {
				return nil, fmt.Errorf("list of cores %q: core %d is named twice", list, core)
			}
			cores = append(cores, core)
		}
	}
	return cores, nil
}

// parseRange reads "3" or "0-3".
func parseRange(part string) (first, last int, err error) {
	low, high, isRange := strings.Cut(part, "-")
	if first, err = parseCore(low); err != nil {
		return 0, 0, err
	}
	if !isRange {
		return first, first, nil
	}
	if last, err = parseCore(high); err != nil {
		return 0, 0, err
	}
	if last < first {
		return 0, 0, fmt.Errorf("range %q goes backwards (did you mean \"%d-%d\"?)", strings.TrimSpace(part), last, first)
	}
	return first, last, nil
}

func parseCore(text string) (int, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return 0, errors.New("a number is missing (numbers and ranges look like \"0-3,8\")")
	}
	n, err := strconv.ParseUint(text, 10, 16)
	if err != nil || n > MaxCore {
		return 0, fmt.Errorf("%q is not a core from 0 to %d", text, MaxCore)
	}
	return int(n), nil
}

// FormatCores is the shortest list that ParseCores reads as cores.
func FormatCores(cores []int) string {
	var b []byte
	for i := 0; i < len(cores); {
		end := i
		for end+1 < len(cores) && cores[end+1] == cores[end]+1 {
			end++
		}
		if len(b) > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendInt(b, int64(cores[i]), 10)
		if end > i {
			b = strconv.AppendInt(append(b, '-'), int64(cores[end]), 10)
		}
		i = end + 1
	}
	return string(b)
}
