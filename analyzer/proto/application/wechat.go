package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// WeChat is the messenger's long-lived connection (Tencent's "mars", longlink
// packer): length of the whole, length of the header (16), version, command and
// sequence number; or its own variant of TLS 1.3 ("mmtls"), whose records bear
// the versions 0xf103 and 0xf104.
var WeChat = dpi.Protocol{
	ID:          id.Wechat,
	Name:        "wechat",
	Service:     true,
	Classifiers: []dpi.Classifier{{Parent: id.Tcp, Weight: 80, Ports: []uint16{8080}, Classify: classifyWeChat}},
}

func classifyWeChat(_ *dpi.Packet, d []byte) dpi.Verdict {
	if d[0] != 0 {
		return classifyMMTLS(d)
	}
	if len(d) < 16 {
		return moreUnless(len(d) >= 2 && d[1] != 0 || len(d) >= 6 && be16(d[4:]) != 16)
	}
	return verdict(be16(d[4:]) == 16 && be16(d[6:]) == 1 && be32(d) >= 16 && be32(d) < 1<<16 && be32(d[8:]) > 0 &&
		be32(d[8:]) < 1<<16 && (be32(d[12:]) < 1<<16 || be32(d[12:]) == 0xffffffff))
}

// classifyMMTLS believes two records in a row, or one that ends where the
// stream does.
func classifyMMTLS(d []byte) dpi.Verdict {
	for range 2 {
		if v := isMMTLSRecord(d); v != dpi.Yes {
			return v
		}
		size := 5 + be16(d[3:])
		if len(d) < size {
			return dpi.More
		}
		if d = d[size:]; len(d) == 0 {
			break
		}
	}
	return dpi.Yes
}

func isMMTLSRecord(d []byte) dpi.Verdict {
	switch {
	case d[0] < 0x15 || d[0] > 0x19, len(d) > 1 && d[1] != 0xf1, len(d) > 2 && d[2] != 3 && d[2] != 4:
		return dpi.No
	case len(d) < 5:
		return dpi.More
	}
	return verdict(be16(d[3:]) > 0)
}
