package cli

import (
	"fmt"
	"strconv"
	"strings"
)

// maxCore is the highest number of a core.
const maxCore = 1023

// parseCores reads a list of cores: 0,2-3.
func parseCores(s string) (list []int, err error) {
	if s == "" {
		return nil, nil
	}
	for part := range strings.SplitSeq(s, ",") {
		low, high, isRange := strings.Cut(part, "-")
		if !isRange {
			high = low
		}
		first, err1 := strconv.Atoi(strings.TrimSpace(low))
		last, err2 := strconv.Atoi(strings.TrimSpace(high))
		if err1 != nil || err2 != nil || first < 0 || last > maxCore || first > last {
			return nil, fmt.Errorf("%q is not a core or a range of cores from 0 to %d (as in \"0,2-3\")", part, maxCore)
		}
		for core := first; core <= last; core++ {
			list = append(list, core)
		}
	}
	return list, nil
}
