package analyzer

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
	"mmt/analyzer/session"
)

// longLived are the protocols whose connections wait long between requests
// (manual section 3.1, long-session-timeout).
var longLived = map[dpi.ProtocolID]bool{id.Http: true, id.Ssl: true, id.Http2: true}

// persistent are the protocols of messaging and other connections that stay
// (manual section 3.1, live-session-timeout).
var persistent = map[dpi.ProtocolID]bool{
	id.Jabber: true, id.Irc: true, id.Whatsapp: true, id.Mqtt: true, id.Msn: true, id.Oscar: true,
	id.Yahoomsg: true, id.Ssh: true, id.Telnet: true, id.Fbmsg: true, id.Gtalk: true, id.Viber: true,
	id.Telegram: true, id.Bgp: true, id.Rdp: true, id.Vnc: true,
}

// timeoutKind chooses the timeout of a session by its protocols.
func (w *Worker) timeoutKind(f *dpi.Flow) session.Timeout {
	for _, app := range f.App() {
		switch {
		case persistent[app]:
			return session.LiveTimeout
		case longLived[app]:
			return session.LongTimeout
		}
	}
	return session.DefaultTimeout
}
