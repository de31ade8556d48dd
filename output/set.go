package output

import (
	"fmt"
	"slices"
	"strings"
)

// Set is a set of channels: the value of an option output-channel.
type Set uint16

// The channels, as bits.
const (
	ToFile Set = 1 << iota
	ToRedis
	ToKafka
	ToMongoDB
	ToSocket
	ToMQTT
	ToStdout

	channelBits = iota
)

// ToAll is where reports go that no block has channels for, such as those of the
// start and of the status: each channel that is enabled. Who asks for nothing on
// stdout gets none of them there.
const ToAll = ToFile | ToRedis | ToKafka | ToMongoDB | ToSocket | ToMQTT

// ToIPFIX is the channel of the block ipfix-output. No option output-channel names
// it: it gets no lines, but sessions in a form of its own.
const ToIPFIX Set = 1 << 14

// channelNames holds the word of each bit in the configuration.
var channelNames = [channelBits]string{"file", "redis", "kafka", "mongodb", "socket", "mqtt", "stdout"}

// ParseSet reads the words of an option output-channel. No word means file.
func ParseSet(names []string) (Set, error) {
	if len(names) == 0 {
		return ToFile, nil
	}
	var set Set
	for _, name := range names {
		i := slices.Index(channelNames[:], strings.ToLower(name))
		if i < 0 {
			return 0, fmt.Errorf("output-channel: unknown channel %q: use some of %s", name, strings.Join(channelNames[:], ", "))
		}
		set |= 1 << i
	}
	return set, nil
}

// String returns the words of the set, joined by commas.
func (s Set) String() string {
	var names []string
	for i, name := range channelNames {
		if s&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	return strings.Join(names, ",")
}
