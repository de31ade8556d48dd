package traffic

import "fmt"

const portSIP = 5060

// sip is the scenario of RFC 3261 with the media of RFC 3550.
func sip(g *Gen) {
	g.sipRegister()
	g.sipCall()
	g.sipBusy()
}

// dialog is what the messages of a SIP call have in common.
type dialog struct {
	*talk
	from, to, id string
	tag, peerTag string
}

func (g *Gen) dialog() *dialog {
	t := g.talk(g.to4("sip.example.com"), portSIP)
	t.clientPort = portSIP
	return &dialog{talk: t, from: "sip:alice@example.com", to: "sip:bob@example.com",
		id: g.token() + "@" + t.client.String(), tag: g.token()[:8], peerTag: g.token()[:8]}
}

// fields are those that requests and responses share.
func (d *dialog) fields(method string, seq int, answered bool) []string {
	to := "To: <" + d.to + ">"
	if answered {
		to += ";tag=" + d.peerTag
	}
	return []string{
		fmt.Sprintf("Via: SIP/2.0/UDP %s:5060;branch=z9hG4bK%s%d;rport", d.client, d.tag, seq),
		"From: \"Alice\" <" + d.from + ">;tag=" + d.tag, to,
		"Call-ID: " + d.id, fmt.Sprintf("CSeq: %d %s", seq, method), "Max-Forwards: 70",
	}
}

// request sends a request; a body is a session description.
func (d *dialog) request(method string, seq int, answered bool, body []byte, extra ...string) {
	fields := append(d.fields(method, seq, answered), "User-Agent: Linphone/5.2.0", "Contact: <sip:alice@"+d.client.String()+":5060>")
	d.ask(message(method+" "+d.to+" SIP/2.0", body, sized(append(fields, extra...), body)...))
}

// response answers a request of that method and number.
func (d *dialog) response(status, method string, seq int, body []byte, extra ...string) {
	fields := append(d.fields(method, seq, status[0] != '1'), "Server: Asterisk PBX 20.6.0", "Contact: <sip:bob@"+d.server.String()+":5060>")
	d.answer(message("SIP/2.0 "+status, body, sized(append(fields, extra...), body)...))
}

func sized(fields []string, body []byte) []string {
	if len(body) > 0 {
		fields = append(fields, "Content-Type: application/sdp")
	}
	return append(fields, fmt.Sprintf("Content-Length: %d", len(body)))
}

// sipRegister registers after a challenge.
func (g *Gen) sipRegister() {
	d := g.dialog()
	d.to = d.from
	d.request("REGISTER", 1, false, nil, "Expires: 3600")
	d.response("401 Unauthorized", "REGISTER", 1, nil, `WWW-Authenticate: Digest realm="example.com", nonce="`+g.token()+`", algorithm=MD5`)
	d.request("REGISTER", 2, false, nil, "Expires: 3600",
		`Authorization: Digest username="alice", realm="example.com", nonce="n", uri="sip:example.com", response="`+fmt.Sprintf("%x", g.bytes(16))+`"`)
	d.response("200 OK", "REGISTER", 2, nil, "Expires: 3600")
}

// sdp describes a session with one audio stream (RFC 8866).
func sdp(host string, port uint16) []byte {
	return fmt.Appendf(nil, "v=0\r\no=- 3923 1 IN IP4 %s\r\ns=call\r\nc=IN IP4 %s\r\nt=0 0\r\n"+
		"m=audio %d RTP/AVP 0 101\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\na=sendrecv\r\n", host, host, port)
}

// sipCall sets up a call, lets both sides speak for two seconds and hangs up.
func (g *Gen) sipCall() {
	d := g.dialog()
	media := g.media(d)
	d.request("INVITE", 1, false, sdp(d.client.String(), media.clientPort))
	d.response("100 Trying", "INVITE", 1, nil)
	d.wait(40)
	d.response("180 Ringing", "INVITE", 1, nil)
	d.wait(1500)
	d.response("200 OK", "INVITE", 1, sdp(d.server.String(), media.serverPort))
	d.request("ACK", 1, true, nil)
	media.now = d.now
	g.speak(media, 100)
	d.now = media.now
	d.request("BYE", 2, true, nil)
	d.response("200 OK", "BYE", 2, nil)
}

// media is the talk between the even ports of the audio streams.
func (g *Gen) media(d *dialog) *talk {
	m := g.talk(d.path, uint16(g.between(5000, 9999)*2))
	m.clientPort = uint16(g.between(8000, 16000) * 2)
	return m
}

// speak sends RTP in both directions every 20 ms, and RTCP on the odd ports.
func (g *Gen) speak(m *talk, frames int) {
	here, there := newRTP(g), newRTP(g)
	control := *m
	control.clientPort++
	control.serverPort++
	for i := range frames {
		m.now += 20 * millisecond
		start := m.now
		m.ask(here.next(g.bytes(160)))
		m.answer(there.next(g.bytes(160)))
		m.now = start
		if i%50 == 49 {
			control.now = start + 5*millisecond
			control.ask(here.report(start))
			control.answer(there.report(start))
		}
	}
}

// rtpStream is the sender of a PCMU stream.
type rtpStream struct {
	source, clock uint32
	seq           uint16
	sent          uint32 // packets
}

func newRTP(g *Gen) *rtpStream { return &rtpStream{source: g.u32(), clock: g.u32(), seq: g.u16()} }

// next is the RTP packet with the next 20 ms of sound.
func (r *rtpStream) next(sound []byte) wire {
	marker := byte(0)
	if r.sent == 0 {
		marker = 0x80
	}
	w := wire{}.u8(0x80, marker).u16(r.seq).u32(r.clock, r.source).raw(sound)
	r.seq++
	r.sent++
	r.clock += uint32(len(sound))
	return w
}

// report is a compound of a sender report and a source description.
func (r *rtpStream) report(now int64) wire {
	name := wire{}.u32(r.source).u8(1).len8([]byte("alice@example.com")).u8(0).align(4)
	return wire{}.u8(0x80, 200).u16(6).u32(r.source).u64(ntpTime(now)).u32(r.clock, r.sent, r.sent*160).
		u8(0x81, 202).u16(uint16(len(name) / 4)).raw(name)
}

// sipBusy is a call that is refused, and one that is given up.
func (g *Gen) sipBusy() {
	d := g.dialog()
	port := g.port() &^ 1
	d.request("INVITE", 1, false, sdp(d.client.String(), port))
	d.response("486 Busy Here", "INVITE", 1, nil)
	d.request("ACK", 1, true, nil)
	d = g.dialog()
	d.request("INVITE", 1, false, sdp(d.client.String(), port))
	d.response("180 Ringing", "INVITE", 1, nil)
	d.request("CANCEL", 1, false, nil)
	d.response("200 OK", "CANCEL", 1, nil)
	d.response("487 Request Terminated", "INVITE", 1, nil)
	d.request("ACK", 1, true, nil)
}
