package output

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
)

// semSuffix ends the name of the empty file that says: the file of the same
// name is complete (manual section 3.1, file-output).
const semSuffix = ".sem"

// microDigits is the number of decimals in the time of a file name.
const microDigits = 6

// fileName is the name of a report file: <seconds.micros>_<thread>_<name>.
type fileName struct {
	stamp  int64 // microseconds since 1970
	thread int
	name   string // option output-file
}

func (n fileName) String() string {
	return fmt.Sprintf("%d.%06d_%d_%s", n.stamp/1e6, n.stamp%1e6, n.thread, n.name)
}

// compare orders by age, the oldest first.
func (n fileName) compare(m fileName) int {
	return cmp.Or(cmp.Compare(n.stamp, m.stamp), cmp.Compare(n.thread, m.thread))
}

// parseFileName reads s if it is a name that String gives, for this name.
func parseFileName(s, name string) (n fileName, ok bool) {
	s, ok = strings.CutSuffix(s, "_"+name)
	if !ok {
		return n, false
	}
	at, thread, _ := strings.Cut(s, "_")
	seconds, micros, _ := strings.Cut(at, ".")
	sec, err1 := strconv.ParseInt(seconds, 10, 40)
	us, err2 := strconv.ParseInt(micros, 10, 40)
	th, err3 := strconv.Atoi(thread)
	if err1 != nil || err2 != nil || err3 != nil || len(micros) != microDigits {
		return n, false
	}
	n = fileName{stamp: sec*1e6 + us, thread: th, name: name}
	return n, n.String() == s+"_"+name // neither signs nor leading zeros
}
