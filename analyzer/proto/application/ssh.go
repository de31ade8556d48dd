package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// SSH is Secure Shell (RFC 4253), told by the version that both sides open with,
// or by the first packet of a key exchange. What follows is encrypted.
var SSH = dpi.Protocol{
	ID:          id.Ssh,
	Name:        "ssh",
	Classifiers: []dpi.Classifier{{Parent: id.Tcp, Weight: 100, Ports: []uint16{22}, Classify: classifySSH}},
}

func classifySSH(p *dpi.Packet, d []byte) dpi.Verdict {
	v := max(startsWithAny(d, "SSH-2.", "SSH-1."), isKeyExchange(d))
	if v == dpi.No && p.HasPort(22) {
		return afterSSHBanner(d)
	}
	return v
}

// afterSSHBanner looks for the version behind lines of text, which a server may
// send before it (RFC 4253 section 4.2).
func afterSSHBanner(d []byte) dpi.Verdict {
	for len(d) > 0 {
		line, rest, ok := textLine(d)
		switch {
		case !ok && !isText(trimCR(d)) || len(d) > 8*maxTextLine, ok && !isText(line):
			return dpi.No
		case !ok:
			return dpi.More
		}
		if startsWith(rest, "SSH-") == dpi.Yes {
			return dpi.Yes
		}
		d = rest
	}
	return dpi.More
}

// sshKexInit is the type of the message that starts a key exchange.
const sshKexInit = 20

// isKeyExchange judges a packet with SSH_MSG_KEXINIT, RFC 4253 sections 6 and
// 7.1: lengths, type, 16 random bytes, and a list of names.
func isKeyExchange(d []byte) dpi.Verdict {
	if len(d) > 0 && d[0] != 0 || len(d) > 1 && d[1] != 0 || len(d) > 5 && d[5] != sshKexInit {
		return dpi.No
	}
	const names = 4 + 1 + 1 + 16
	if len(d) < names+4+8 {
		return dpi.More
	}
	packet, list := be32(d), be32(d[names:])
	if packet > 35000 || uint32(d[4])+4 > packet || list > packet || list < 8 {
		return dpi.No
	}
	first := d[names+4:]
	for _, name := range [...]string{"curve255", "diffie-h", "ecdh-sha", "sntrup76", "mlkem768", "kexguess", "gss-grou", "gss-gex-"} {
		if string(first[:8]) == name {
			return dpi.Yes
		}
	}
	return dpi.No
}
