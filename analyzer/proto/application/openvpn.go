package application

import (
	"bytes"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// OpenVPN is the tunnel of that name ("OpenVPN wire protocol", and the security
// overview for the wrappings of the control channel): bare, signed (tls-auth) or
// encrypted (tls-crypt, also with a client's key of its own) control messages,
// over UDP and with their length in front over TCP. It is told by its control
// channel; tunnels that scramble it or use a static key are not told.
var OpenVPN = dpi.Protocol{
	ID:   id.Openvpn,
	Name: "openvpn",
	Classifiers: []dpi.Classifier{
		{Parent: id.Udp, Weight: 80, Ports: []uint16{1194}, Classify: classifyOpenVPN},
		{Parent: id.Tcp, Weight: 80, Ports: []uint16{1194}, Classify: classifyOpenVPNOverTCP},
	},
}

// Types of control messages, the upper five bits of the first byte.
const (
	ovpnSoftReset = 3
	ovpnControl   = 4
	ovpnAck       = 5
	ovpnClientV2  = 7
	ovpnServerV2  = 8
	ovpnClientV3  = 10
	ovpnWrappedV1 = 11
)

// A control message starts with its type and the sender's session.
const (
	ovpnHeader  = 1 + 8
	ovpnReplay  = 4 + 4 // number and time of a message that is signed or encrypted
	ovpnSession = 8
	// Acknowledgements, and the other end's session behind them, are before this.
	ovpnAcks = ovpnHeader + 64 + ovpnReplay + 1 + 8*4 + ovpnSession
)

// isOpenVPNControl tells whether d starts as a control message does: a reset
// always has key 0.
func isOpenVPNControl(d []byte) bool {
	if len(d) < ovpnHeader+5 {
		return false
	}
	switch d[0] >> 3 {
	case ovpnClientV2, ovpnServerV2, ovpnClientV3:
		return d[0]&7 == 0
	case ovpnSoftReset, ovpnControl, ovpnAck, ovpnWrappedV1:
		return true
	}
	return false
}

func classifyOpenVPN(p *dpi.Packet, d []byte) dpi.Verdict {
	if !isOpenVPNControl(d) {
		return dpi.No
	}
	return judgeOpenVPN(p, d, 0)
}

// classifyOpenVPNOverTCP looks at the first message of the stream; segments in
// the middle of a connection that hold one whole message serve as well.
func classifyOpenVPNOverTCP(p *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) < 2+ovpnHeader+5 {
		return moreUnless(len(d) > 2 && d[2]>>3 != ovpnClientV2 && d[2]>>3 != ovpnServerV2)
	}
	n := be16(d)
	if n < ovpnHeader+5 || !isOpenVPNControl(d[2:]) {
		return dpi.No
	}
	return judgeOpenVPN(p, d[2:min(2+n, len(d))], 2)
}

// judgeOpenVPN judges a control message by itself, or by the other end's
// session in it, which is that of the other direction's first message, behind
// skip bytes.
func judgeOpenVPN(p *dpi.Packet, d []byte, skip int) dpi.Verdict {
	if isOpenVPNReset(d, 0) || isSignedReset(d) || isEncryptedReset(p, d) {
		return dpi.Yes
	}
	other, n := p.First(p.Dir ^ 1)
	if n == 0 {
		return dpi.More
	}
	if len(other) < skip+ovpnHeader || !isOpenVPNControl(other[skip:]) {
		return dpi.No
	}
	session := other[skip+1 : skip+1+ovpnSession]
	if !isRandomSession(session) {
		return dpi.No
	}
	return yesOrMore(bytes.Contains(d[ovpnHeader:min(len(d), ovpnAcks)], session))
}

// isRandomSession tells whether a session may be the random number that it has
// to be: texts and zeros come back in the answers of other protocols as well.
func isRandomSession(session []byte) bool {
	return bytes.Count(session, []byte{0}) <= 2 && !isPrintable(session)
}

// isOpenVPNReset tells whether d is the first message of a session behind wrap
// bytes of wrapping: the client's acknowledges nothing, the server's the
// client's first message, whose session it repeats; both have the number 0.
func isOpenVPNReset(d []byte, wrap int) bool {
	end := d[ovpnHeader+wrap:]
	switch d[0] >> 3 {
	case ovpnClientV2, ovpnClientV3:
		return len(end) == 1+4 && isZero(end)
	case ovpnServerV2:
		return len(end) == 1+4+ovpnSession+4 && end[0] == 1 && isZero(end[1:5]) && isZero(end[5+ovpnSession:])
	}
	return false
}

// ovpnSums are the lengths of the signatures of tls-auth, by the hashes that
// there are.
var ovpnSums = [...]int{16, 20, 28, 32, 48, 64}

// isSignedReset tells whether d is the first message of a session with
// tls-auth: a signature, a replay number that has just begun, a time, and the
// rest as in a bare one.
func isSignedReset(d []byte) bool {
	for _, sum := range ovpnSums {
		wrap := sum + ovpnReplay
		if len(d) >= ovpnHeader+wrap+5 && isOpenVPNReset(d, wrap) && be32(d[ovpnHeader+sum:])-1 < 64 {
			return true
		}
	}
	return false
}

// Times in messages may be a day off the capture's.
const ovpnSkew = 24 * 3600

// isEncryptedReset tells whether d is the first message of a session with
// tls-crypt: a replay number that has just begun, also in the numbering that
// the early negotiation of version 2 uses, and the time.
func isEncryptedReset(p *dpi.Packet, d []byte) bool {
	switch d[0] >> 3 {
	case ovpnClientV2, ovpnServerV2:
		if len(d) != ovpnHeader+ovpnReplay+32+5 && len(d) < ovpnHeader+ovpnReplay+32+5+ovpnHeader {
			return false
		}
	case ovpnClientV3:
		if len(d) < 256 {
			return false
		}
	default:
		return false
	}
	number, sent := be32(d[ovpnHeader:]), int64(be32(d[ovpnHeader+4:]))
	now := p.Time / 1e9
	return number&0xffff-1 < 64 && (number>>16 == 0 || d[0]>>3 == ovpnClientV3) && sent > now-ovpnSkew && sent < now+ovpnSkew
}
