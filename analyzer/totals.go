package analyzer

import (
	"cmp"
	"encoding/binary"
	"slices"
	"strings"

	"mmt/analyzer/dpi"
	"mmt/report"
)

// totals are the counts of a period of all workers.
type totals map[countKey]*pathTraffic

// countKey is the kind of a count, and the protocols of a path in two bytes each.
type countKey string

func (k countKey) kind() countKind { return countKind(k[0]) }

func (k countKey) path() (path []uint32) {
	for rest := k[1:]; len(rest) > 0; rest = rest[2:] {
		path = append(path, uint32(protocolOf(rest)))
	}
	return path
}

// protocolOf returns the first protocol of a path in two bytes each.
func protocolOf(path countKey) dpi.ProtocolID {
	return dpi.ProtocolID(path[0])<<8 | dpi.ProtocolID(path[1])
}

func (t totals) add(kind countKind, path []dpi.ProtocolID, n *pathTraffic) {
	key := []byte{byte(kind)}
	for _, protocol := range path {
		key = binary.BigEndian.AppendUint16(key, uint16(protocol))
	}
	sum := t[countKey(key)]
	if sum == nil {
		sum = new(pathTraffic)
		t[countKey(key)] = sum
	}
	sum.add(n)
}

// keys returns the keys that are reported, in the order of kinds and of the
// packets that began them.
func (t totals) keys() (keys []countKey) {
	for key := range t {
		if key.kind() != countFlows {
			keys = append(keys, key)
		}
	}
	slices.SortFunc(keys, func(a, b countKey) int {
		return cmp.Or(cmp.Compare(a.kind(), b.kind()), cmp.Compare(t[a].first, t[b].first), cmp.Compare(a, b))
	})
	return keys
}

// through adds up the packets of sessions whose path leads through that of key and
// then to something else than IP.
func (t totals) through(key countKey) (all report.Fragments) {
	for other, n := range t {
		rest, below := strings.CutPrefix(string(other[1:]), string(key[1:]))
		if other.kind() != countFlows || !below || rest != "" && isIP(protocolOf(countKey(rest))) {
			continue
		}
		all.Packets += n.packets
		all.Data += n.data
	}
	return all
}
