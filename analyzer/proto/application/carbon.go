package application

import (
	"bytes"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// Graphite is the plain text of Graphite's Carbon ("Feeding in your data"): a
// path, a value and a time on each line; OpenTSDB ("put") has a name, a time, a
// value and tags; StatsD ("Metric types") is a name, a
// value and a type, which others copy on ports of their own.
var (
	Graphite = dpi.Protocol{
		ID:   id.Graphite,
		Name: "graphite",
		Classifiers: []dpi.Classifier{
			{Parent: id.Tcp, Weight: 40, Ports: []uint16{2003}, Classify: classifyGraphite},
			{Parent: id.Udp, Weight: 40, Ports: []uint16{2003}, Classify: classifyGraphite},
		},
	}
	OpenTSDB = dpi.Protocol{
		ID:          id.Opentsdb,
		Name:        "opentsdb",
		Classifiers: []dpi.Classifier{{Parent: id.Tcp, Weight: 60, Ports: []uint16{4242}, Classify: classifyOpenTSDB}},
	}
	StatsD = dpi.Protocol{
		ID:          id.Statsd,
		Name:        "statsd",
		Classifiers: []dpi.Classifier{{Parent: id.Udp, Weight: 40, Ports: []uint16{8125}, Only: true, Classify: classifyStatsD}},
	}
)

func classifyGraphite(_ *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) > 0 && d[0] < '-' {
		return dpi.No
	}
	line, _, ok := textLine(d)
	if !ok {
		return moreUnless(len(d) > 512 || !isPrintable(trimCR(d)))
	}
	path, rest := textWord(line)
	value, time := textWord(rest)
	// Times are seconds since 1970, ten digits since 2001.
	return verdict(bytes.IndexByte(path, '.') > 0 && isPrintable(path) && isDecimal(value) && isNumber(time) && len(time) == 10)
}

func classifyOpenTSDB(_ *dpi.Packet, d []byte) dpi.Verdict {
	if v := startsWith(d, "put "); v != dpi.Yes {
		return v
	}
	line, _, ok := textLine(d)
	if !ok {
		return moreUnless(len(d) > 512 || !isPrintable(trimCR(d)))
	}
	_, rest := textWord(line[4:])
	time, rest := textWord(rest)
	value, tags := textWord(rest)
	return verdict(isNumber(time) && len(time) >= 10 && len(time) <= 13 && isDecimal(value) && bytes.IndexByte(tags, '=') > 0)
}

// isDecimal tells whether b is a number with or without sign and fraction.
func isDecimal(b []byte) bool {
	b = bytes.TrimPrefix(b, []byte{'-'})
	whole, fraction, found := bytes.Cut(b, []byte{'.'})
	return isNumber(whole) && (!found || isNumber(fraction))
}

func classifyStatsD(_ *dpi.Packet, d []byte) dpi.Verdict {
	line, _, _ := bytes.Cut(d[:min(len(d), 512)], []byte{'\n'})
	name, rest, found := bytes.Cut(line, []byte{':'})
	if !found || len(name) < 2 || !isPrintable(line) {
		return dpi.No
	}
	value, kind, found := bytes.Cut(rest, []byte{'|'})
	kind, _, _ = bytes.Cut(kind, []byte{'|'})
	if !found || !isDecimal(bytes.TrimPrefix(value, []byte{'+'})) {
		return dpi.No
	}
	switch string(kind) {
	case "c", "g", "ms", "s", "h", "m", "d":
		return dpi.Yes
	}
	return dpi.No
}
