package traffic

import "fmt"

// rtsp is a session of RFC 2326 whose media travel in the same connection.
func rtsp(g *Gen) {
	c := g.dial(g.to4("camera.example.com"), 554)
	url := "rtsp://camera.example.com/stream1"
	seq := 0
	ask := func(method, target string, fields ...string) {
		seq++
		all := append([]string{fmt.Sprintf("CSeq: %d", seq), "User-Agent: LibVLC/3.0.20"}, fields...)
		c.request(message(method+" "+target+" RTSP/1.0", nil, all...))
	}
	answer := func(body string, fields ...string) {
		all := append([]string{fmt.Sprintf("CSeq: %d", seq), "Server: GStreamer RTSP server"}, fields...)
		c.reply(message("RTSP/1.0 200 OK", []byte(body), all...))
	}
	ask("OPTIONS", url)
	answer("", "Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN")
	ask("DESCRIBE", url, "Accept: application/sdp")
	body := "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=stream\r\nt=0 0\r\nm=audio 0 RTP/AVP 0\r\na=control:track1\r\n"
	answer(body, "Content-Type: application/sdp", "Content-Base: "+url+"/", fmt.Sprintf("Content-Length: %d", len(body)))
	transport := "Transport: RTP/AVP/TCP;unicast;interleaved=0-1"
	ask("SETUP", url+"/track1", transport)
	answer("", "Session: 12345678;timeout=60", transport)
	ask("PLAY", url+"/", "Session: 12345678", "Range: npt=0.000-")
	answer("", "Session: 12345678", "RTP-Info: url="+url+"/track1;seq=1")
	g.rtspMedia(c)
	ask("TEARDOWN", url+"/", "Session: 12345678")
	answer("", "Session: 12345678")
	c.close()
}

// rtspMedia sends interleaved RTP (RFC 2326 section 10.12).
func (g *Gen) rtspMedia(c *conn) {
	stream := newRTP(g)
	for range 20 {
		c.wait(20)
		c.reply(wire{}.u8('$', 0).len16(stream.next(g.bytes(160))))
		c.ackNow(true)
	}
}
