package traffic

import (
	"bytes"
	"compress/gzip"
	"crypto/sha1"
	"encoding/base64"
	"fmt"
	"strings"
)

const portHTTP = 80

// web is the HTTP scenario (RFC 9110, RFC 9112).
func web(g *Gen) {
	for range 4 {
		g.httpPage()
	}
	for _, conversation := range []func(*Gen){
		(*Gen).httpPipeline, (*Gen).httpChunked, (*Gen).httpGzip, (*Gen).httpForm, (*Gen).httpREST,
		(*Gen).httpErrors, (*Gen).httpRange, (*Gen).httpUpload, (*Gen).httpOld, (*Gen).httpProxy,
		(*Gen).webSocket, (*Gen).httpQuick,
	} {
		conversation(g)
	}
}

// message joins a start line, header fields and a body.
func message(start string, body []byte, fields ...string) []byte {
	head := start + "\r\n" + strings.Join(fields, "\r\n")
	if len(fields) > 0 {
		head += "\r\n"
	}
	return append([]byte(head+"\r\n"), body...)
}

// browser is one user agent that talks to one site.
type browser struct {
	g           *Gen
	host, agent string
}

func (g *Gen) browser() browser {
	return browser{g, pick(g, plainSites), pick(g, userAgents)}
}

// dial opens a connection to the site.
func (b browser) dial() *conn { return b.g.dial(b.g.to(b.host), portHTTP) }

// request builds a request with the fields that every browser sends.
func (b browser) request(method, target string, body []byte, fields ...string) []byte {
	all := []string{"Host: " + b.host, "User-Agent: " + b.agent, "Accept: */*", "Connection: keep-alive"}
	all = append(all, fields...)
	if len(body) > 0 {
		all = append(all, fmt.Sprintf("Content-Length: %d", len(body)))
	}
	return message(method+" "+target+" HTTP/1.1", body, all...)
}

// response builds a response; a body brings its length with it.
func response(status string, body []byte, fields ...string) []byte {
	all := append([]string{"Date: Wed, 01 May 2024 00:00:00 GMT", "Server: nginx/1.24.0"}, fields...)
	all = append(all, fmt.Sprintf("Content-Length: %d", len(body)))
	return message("HTTP/1.1 "+status, body, all...)
}

func (g *Gen) html(n int) []byte {
	return []byte("<!DOCTYPE html>\n<html><head><title>Page</title></head>\n<body><p>" + g.text(n) + "</p></body></html>\n")
}

// httpPage loads a page with its parts over one connection.
func (g *Gen) httpPage() {
	b := g.browser()
	c := b.dial()
	c.request(b.request("GET", "/", nil, "Accept-Language: en-US,en;q=0.5"))
	c.reply(response("200 OK", g.html(g.size()), "Content-Type: text/html; charset=utf-8",
		"Set-Cookie: session="+g.token()+"; Path=/; HttpOnly"))
	referer := "Referer: http://" + b.host + "/"
	c.request(b.request("GET", "/style.css", nil, referer))
	c.reply(response("200 OK", []byte("body { margin: 0; font-family: sans-serif }\n"), "Content-Type: text/css"))
	c.wait(g.between(1, 80))
	c.request(b.request("GET", "/logo.svg", nil, referer, `If-None-Match: "5f2c-61"`))
	c.reply(message("HTTP/1.1 304 Not Modified", nil, "Date: Wed, 01 May 2024 00:00:00 GMT", `ETag: "5f2c-61"`))
	c.request(b.request("HEAD", "/favicon.ico", nil, referer))
	c.reply(message("HTTP/1.1 200 OK", nil, "Content-Type: image/x-icon", "Content-Length: 1150"))
	c.close()
}

// httpQuick is the shortest useful conversation, as of a captive portal check.
func (g *Gen) httpQuick() {
	b := g.browser()
	c := b.dial()
	c.request(b.request("GET", "/generate_204", nil))
	c.reply(message("HTTP/1.1 204 No Content", nil, "Content-Length: 0", "Connection: close"))
	c.end(false)
}

// token is a random string of 22 URL-safe characters.
func (g *Gen) token() string { return base64.RawURLEncoding.EncodeToString(g.bytes(16)) }

// httpPipeline sends three requests in one segment (RFC 9112 section 9.3.2).
func (g *Gen) httpPipeline() {
	b := g.browser()
	c := b.dial()
	var requests, responses []byte
	for i := range 3 {
		requests = append(requests, b.request("GET", fmt.Sprintf("/api/item/%d", i), nil)...)
		responses = append(responses, response("200 OK", fmt.Appendf(nil, `{"id":%d,"name":"item"}`, i),
			"Content-Type: application/json")...)
	}
	c.request(requests)
	c.reply(responses)
	c.close()
}

// httpChunked gets a body in chunks with a trailer (RFC 9112 section 7.1).
func (g *Gen) httpChunked() {
	b := g.browser()
	c := b.dial()
	c.request(b.request("GET", "/stream", nil, "TE: trailers"))
	c.reply(message("HTTP/1.1 200 OK", nil, "Content-Type: text/plain", "Transfer-Encoding: chunked", "Trailer: X-Sum"))
	for range 4 {
		text := g.text(g.between(20, 1800))
		c.reply(fmt.Appendf(nil, "%x\r\n%s\r\n", len(text), text))
		c.wait(g.between(5, 50))
	}
	c.reply([]byte("0\r\nX-Sum: ok\r\n\r\n"))
	c.close()
}

// httpGzip gets a compressed body.
func (g *Gen) httpGzip() {
	b := g.browser()
	c := b.dial()
	c.request(b.request("GET", "/news", nil, "Accept-Encoding: gzip, deflate"))
	c.reply(response("200 OK", zip(g.html(6000)), "Content-Type: text/html", "Content-Encoding: gzip", "Vary: Accept-Encoding"))
	c.close()
}

// zip compresses in memory, where neither write nor close can fail.
func zip(data []byte) []byte {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	z.Write(data)
	z.Close()
	return out.Bytes()
}

// httpForm posts a form with a cookie and follows the redirection.
func (g *Gen) httpForm() {
	b := g.browser()
	c := b.dial()
	cookie := "Cookie: session=" + g.token()
	c.request(b.request("POST", "/login", []byte("user=alice&remember=on&next=%2Fhome"),
		"Content-Type: application/x-www-form-urlencoded", cookie, "Origin: http://"+b.host))
	c.reply(response("302 Found", nil, "Location: /home", "Set-Cookie: session="+g.token()))
	c.request(b.request("GET", "/home", nil, cookie))
	c.reply(response("200 OK", g.html(700), "Content-Type: text/html"))
	c.close()
}

// httpREST uses the other methods on one connection.
func (g *Gen) httpREST() {
	b := g.browser()
	c := b.dial()
	json := "Content-Type: application/json"
	c.request(b.request("OPTIONS", "/v1/things", nil, "Access-Control-Request-Method: PUT"))
	c.reply(response("200 OK", nil, "Allow: GET, PUT, PATCH, DELETE"))
	c.request(b.request("PUT", "/v1/things/7", []byte(`{"name":"seven"}`), json))
	c.reply(response("201 Created", []byte(`{"id":7}`), json, "Location: /v1/things/7"))
	c.request(b.request("PATCH", "/v1/things/7", []byte(`{"name":"sept"}`), json))
	c.reply(response("200 OK", []byte(`{"id":7,"name":"sept"}`), json))
	c.request(b.request("DELETE", "/v1/things/7", nil))
	c.reply(message("HTTP/1.1 204 No Content", nil, "Server: nginx/1.24.0"))
	c.close()
}

// httpErrors collects status codes of refusal.
func (g *Gen) httpErrors() {
	b := g.browser()
	c := b.dial()
	page := []byte("<html><body><h1>Sorry</h1></body></html>\n")
	for _, status := range []string{"301 Moved Permanently", "401 Unauthorized", "403 Forbidden", "404 Not Found",
		"429 Too Many Requests", "500 Internal Server Error", "503 Service Unavailable"} {
		c.request(b.request("GET", "/"+status[:3]+"?q=a%20b&x=1", nil))
		c.reply(response(status, page, "Content-Type: text/html", "Cache-Control: no-store"))
	}
	c.end(false)
}

// httpRange gets a part of a film from a content delivery network.
func (g *Gen) httpRange() {
	b := g.browser()
	c := b.dial()
	c.request(b.request("GET", "/videoplayback?id=42&itag=22", nil, "Range: bytes=0-23999"))
	c.reply(response("206 Partial Content", g.bytes(24000), "Content-Type: application/octet-stream",
		"Content-Range: bytes 0-23999/1048576", "X-Cache: HIT", "Via: 1.1 cdn.example.net"))
	c.close()
}

// httpUpload sends a large body once the server agrees (RFC 9110 section 10.1.1).
func (g *Gen) httpUpload() {
	b := g.browser()
	c := b.dial()
	body := g.bytes(9000)
	head := b.request("POST", "/upload", nil, "Expect: 100-continue", "Content-Type: application/octet-stream",
		fmt.Sprintf("Content-Length: %d", len(body)))
	c.request(head)
	c.reply(message("HTTP/1.1 100 Continue", nil))
	c.request(body)
	c.reply(response("200 OK", []byte("stored\n"), "Content-Type: text/plain"))
	c.close()
}

// httpOld is HTTP/1.0: no Host, and the end of the body is the end of the
// connection.
func (g *Gen) httpOld() {
	b := g.browser()
	c := b.dial()
	c.request(message("GET /index.htm HTTP/1.0", nil, "User-Agent: Lynx/2.8.9"))
	c.reply(message("HTTP/1.0 200 OK", g.html(2500), "Content-Type: text/html"))
	c.end(false)
}

// httpProxy opens a tunnel through a proxy and begins TLS in it.
func (g *Gen) httpProxy() {
	site := pick(g, sites)
	c := g.dial(g.to("proxy.example.net"), 8080)
	c.request(message("CONNECT "+site+":443 HTTP/1.1", nil, "Host: "+site+":443", "User-Agent: "+pick(g, userAgents)))
	c.reply(message("HTTP/1.1 200 Connection established", nil))
	g.tls13(c, clientHello{name: site, alpn: alpnHTTP2})
	c.close()
}

// webSocket upgrades a connection (RFC 6455) and exchanges frames.
func (g *Gen) webSocket() {
	b := g.browser()
	c := b.dial()
	key := base64.StdEncoding.EncodeToString(g.bytes(16))
	sum := sha1.Sum([]byte(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	c.request(message("GET /chat HTTP/1.1", nil, "Host: "+b.host, "User-Agent: "+b.agent, "Connection: Upgrade",
		"Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: "+key))
	c.reply(message("HTTP/1.1 101 Switching Protocols", nil, "Connection: Upgrade", "Upgrade: websocket",
		"Sec-WebSocket-Accept: "+base64.StdEncoding.EncodeToString(sum[:])))
	for range 3 {
		c.request(maskedFrame(g.u32(), []byte("hello from the client")))
		c.reply(wire{}.u8(0x81).len8([]byte("hello from the server")))
	}
	c.request(maskedFrame(g.u32(), nil))
	c.close()
}

// maskedFrame is a text frame of a client, or a close frame where text is
// empty; clients mask what they send.
func maskedFrame(mask uint32, text []byte) wire {
	opcode := byte(0x81)
	if len(text) == 0 {
		opcode = 0x88
	}
	w := wire{}.u8(opcode, 0x80|byte(len(text))).u32(mask)
	for i, c := range text {
		w = w.u8(c ^ byte(mask>>(24-8*(i%4))))
	}
	return w
}
