package random

import (
	"maps"
	"slices"

	"mmt/analyzer/security/reference"
)

// Shrink drops packets, and then values of packets, as long as what is left still
// fails, and returns what cannot be made smaller that way. Packets are numbered
// anew from 1. fails is called many times; it must not change its argument.
func Shrink(packets []reference.Packet, fails func([]reference.Packet) bool) []reference.Packet {
	packets = dropPackets(packets, fails)
	for i := range packets {
		for _, key := range slices.Collect(maps.Keys(packets[i].Values)) {
			if smaller := without(packets, i, key); fails(smaller) {
				packets = smaller
			}
		}
	}
	return packets
}

// dropPackets tries to drop runs of packets, long ones first.
func dropPackets(packets []reference.Packet, fails func([]reference.Packet) bool) []reference.Packet {
	for size := max(1, len(packets)/2); size > 0; size /= 2 {
		for at := 0; at < len(packets); {
			end := min(at+size, len(packets))
			smaller := renumber(slices.Concat(packets[:at], packets[end:]))
			if fails(smaller) {
				packets = smaller
				size = min(size, max(1, len(packets)/2))
			} else {
				at = end
			}
		}
	}
	return packets
}

// without returns packets without a value of the ith.
func without(packets []reference.Packet, i int, key reference.Key) []reference.Packet {
	smaller := slices.Clone(packets)
	smaller[i].Values = maps.Clone(packets[i].Values)
	delete(smaller[i].Values, key)
	return smaller
}

// renumber counts packets from 1.
func renumber(packets []reference.Packet) []reference.Packet {
	for i := range packets {
		packets[i].Counter = uint64(i + 1)
	}
	return packets
}
