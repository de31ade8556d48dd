package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// FIX is the Financial Information eXchange (FIX Trading Community, "FIX session
// layer"), and protocols that keep its first fields: each message starts with
// field 8, the version, and field 9, its length.
var FIX = dpi.Protocol{
	ID:          id.Fix,
	Name:        "fix",
	Classifiers: []dpi.Classifier{{Parent: id.Tcp, Weight: 100, Classify: classifyFIX}},
}

// fixEnd is the mark behind a field.
const fixEnd = 1

func classifyFIX(_ *dpi.Packet, d []byte) dpi.Verdict {
	const maxVersion = 12
	if v := startsWith(d, "8="); v != dpi.Yes {
		return v
	}
	i := 2
	for i < len(d) && i < 2+maxVersion && d[i] > ' ' && d[i] <= '~' {
		i++
	}
	if i == len(d) && i < 2+maxVersion {
		return dpi.More
	}
	if i == 2 || d[i] != fixEnd {
		return dpi.No
	}
	length := d[i+1:]
	if v := startsWith(length, "9="); v != dpi.Yes {
		return v
	}
	n := digits(length[2:])
	if n+2 == len(length) && n <= 9 {
		return dpi.More
	}
	return verdict(n > 0 && n <= 9 && length[2+n] == fixEnd)
}
