package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// Git is its own protocol (Git, "gitprotocol-pack"): lines that start with their
// length in four hexadecimal digits.
var Git = dpi.Protocol{
	ID:          id.Git,
	Name:        "git",
	Classifiers: []dpi.Classifier{{Parent: id.Tcp, Weight: 100, Ports: []uint16{9418}, Classify: classifyGit}},
}

func classifyGit(_ *dpi.Packet, d []byte) dpi.Verdict {
	for i := range min(len(d), 4) {
		if !isLowerHex(d[i]) {
			return dpi.No
		}
	}
	if len(d) <= 4 {
		return dpi.More
	}
	line := d[4:]
	if v := startsWithAny(line, "git-upload-pack ", "git-receive-pack ", "git-upload-archive ", "version 2\n", "version 1\n", "ERR "); v != dpi.No {
		return v
	}
	return isGitReference(line)
}

// isGitReference judges the first line of a server: an object's name in 40
// digits, a blank, and a reference.
func isGitReference(line []byte) dpi.Verdict {
	for i := range min(len(line), 40) {
		if !isLowerHex(line[i]) {
			return dpi.No
		}
	}
	if len(line) <= 41 {
		return dpi.More
	}
	if line[40] != ' ' || startsWithAny(line[41:], "HEAD", "refs/", "capabilities^{}") == dpi.No {
		return dpi.No
	}
	return dpi.Yes
}

// isLowerHex tells whether c is a hexadecimal digit in lower case.
func isLowerHex(c byte) bool { return isDigit(c) || c >= 'a' && c <= 'f' }
