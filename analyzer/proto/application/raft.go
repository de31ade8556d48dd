package application

import (
	"bytes"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// Raft is the consensus of that name as two libraries speak it: C-Raft, with
// messages of 64-bit words, little endian, and HashiCorp's, with commands in
// MessagePack.
var Raft = dpi.Protocol{
	ID:          id.Raft,
	Name:        "raft",
	Classifiers: []dpi.Classifier{{Parent: id.Tcp, Weight: 80, Classify: classifyRaft}},
}

// Limits of C-Raft.
const (
	raftTypes      = 6 // kinds of messages: entries, votes, snapshots and their results
	raftMaxAddress = 128
	raftMaxHeader  = 1 << 20
)

func classifyRaft(_ *dpi.Packet, d []byte) dpi.Verdict {
	switch {
	case len(d) > 0 && d[0] > raftTypes:
		return dpi.No
	case len(d) > 1 && d[1]&0xf0 == 0x80:
		return isHashicorpRaft(d)
	case len(d) > 1 && !isZero(d[1:min(len(d), 8)]):
		return dpi.No
	case len(d) < 24:
		return dpi.More
	}
	if address := le64(d[16:]); d[0] == 1 && address >= 8 && address <= raftMaxAddress && address%8 == 0 {
		if v := isRaftAddress(d[24:], int(address)); v != dpi.No {
			return v
		}
	}
	size := le64(d[8:])
	return verdict(d[0] >= 1 && size >= 16 && size <= raftMaxHeader && size%8 == 0 && uint64(len(d)-16) == size && isRaftWords(d[16:]))
}

// isRaftAddress judges what a connection opens with behind version and server:
// an address with a port, padded with zeros.
func isRaftAddress(d []byte, n int) dpi.Verdict {
	if len(d) < n {
		return moreUnless(!isPrintable(trimZeros(d)))
	}
	text := trimZeros(d[:n])
	_, port, found := bytes.Cut(text, []byte{':'})
	return verdict(found && isPrintable(text) && isNumber(port))
}

// isRaftWords tells whether the first two words of a message are what terms and
// indices are: numbers that do not fill 64 bits.
func isRaftWords(d []byte) bool { return le64(d) < 1<<48 && le64(d[8:]) < 1<<48 }

// isHashicorpRaft judges a command: its kind, and a map whose first key is one
// of those that commands have.
func isHashicorpRaft(d []byte) dpi.Verdict {
	if len(d) < 3 {
		return dpi.More
	}
	return startsWithAny(d[2:], "\xa9RPCHeader", "\xa4Term", "\xa6Leader", "\xa9Candidate", "\xa7Entries")
}
