package application

import (
	"bytes"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// Mining is the protocol between miners of digital money and their pools:
// Stratum in JSON lines, with the methods of Bitcoin ("Stratum mining
// protocol"), of Ethereum ("EthereumStratum", eth_* methods) and of Monero
// ("Stratum", login and job).
var Mining = dpi.Protocol{
	ID:          id.Mining,
	Name:        "mining",
	Classifiers: []dpi.Classifier{{Parent: id.Tcp, Weight: 100, Ports: []uint16{3333, 4444, 5555, 8888, 9999, 14444}, Classify: classifyMining}},
}

// maxMining is how much of the first lines is searched.
const maxMining = 2048

// miningWords are what only miners and pools say: each row is one sign, all of
// its words must be there.
var miningWords = [...][2][]byte{
	{[]byte(`"mining.`)},
	{[]byte(`"eth_submit`)},
	{[]byte(`"eth_getWork"`)},
	{[]byte(`"login"`), []byte(`"pass"`)},
	{[]byte(`"login"`), []byte(`"agent"`)},
	{[]byte(`"blob"`), []byte(`"target"`)},
	{[]byte(`"job_id"`), []byte(`"nonce"`)},
	{[]byte(`"result":["0x`), []byte(`","0x`)}, // the answer to eth_getWork
}

func classifyMining(_ *dpi.Packet, d []byte) dpi.Verdict {
	d = d[:min(len(d), maxMining)]
	if d[0] != '{' {
		return dpi.No
	}
	for i := range miningWords {
		if bytes.Contains(d, miningWords[i][0]) && bytes.Contains(d, miningWords[i][1]) {
			return dpi.Yes
		}
	}
	return moreUnless(len(d) == maxMining)
}
