// Package version tells which build of the project is running.
package version

import (
	"fmt"
	"runtime/debug"
)

// Number is the release, set by the linker (make build) or left at the next
// one's.
var Number = "0.1.0-dev"

// String returns the version and, where the build knows it, commit and time of
// the sources, as report 1 and --version show them.
func String() string {
	commit, when := "", ""
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			switch s.Key {
			case "vcs.revision":
				commit = s.Value[:min(len(s.Value), 8)]
			case "vcs.time":
				when = s.Value
			}
		}
	}
	if commit == "" {
		return Number
	}
	return fmt.Sprintf("%s (%s - %s)", Number, commit, when)
}
