package application

import (
	"bytes"
	"net/netip"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// httpAgents are parts of User-Agent values, in lower case, that only the
// clients of one service send.
var httpAgents = []struct {
	part    string
	service dpi.ProtocolID
}{
	{"miui/", id.Xiaomi},
	{"spotify/", id.Spotify},
	{"instagram ", id.Instagram},
	{"netflix", id.Netflix},
	{"whatsapp/", id.Whatsapp},
	{"valve/steam", id.Steam},
	{"zattoo/", id.Zattoo},
	{"xbox", id.Xbox},
	{"skype", id.Skype},
	{"viber/", id.Viber},
	{"deezer/", id.Deezer},
	{"micromessenger", id.Wechat},
}

// agentService returns the service that a request's client belongs to. It
// decides only where the host is told by an address: a client of one service
// also fetches from the hosts of others.
func agentService(m *httpMessage) dpi.ProtocolID {
	agent := m.fields[httpUserAgent]
	switch {
	case bytes.HasPrefix(m.target, []byte("/maplestory")) && (string(agent) == "AspINet" || string(agent) == "Patcher"):
		return id.Maplestory
	case len(agent) == 0 || !isAddress(m.fields[httpHost]):
		return dpi.Unknown
	}
	for i := range httpAgents {
		if containsFold(agent, httpAgents[i].part) {
			return httpAgents[i].service
		}
	}
	return dpi.Unknown
}

// isAddress tells whether an authority is an IP address.
func isAddress(authority []byte) bool {
	host, _ := splitHost(authority)
	if len(host) == 0 || len(host) > 45 || (host[len(host)-1] < '0' || host[len(host)-1] > '9') && bytes.IndexByte(host, ':') < 0 {
		return false
	}
	_, err := netip.ParseAddr(string(host))
	return err == nil
}
