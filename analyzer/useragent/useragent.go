// Package useragent reads what the User-Agent of a web client tells: program,
// system and kind of device, with their versions (RFC 9110 section 10.1.5). Such
// texts have grown by imitation, each program naming those it wants to be taken
// for; so what counts is the most special name that occurs, in the order of a
// table. It knows the common names and no list of models; what it does not know is
// empty.
package useragent

import "bytes"

// Agent is what a User-Agent tells. The slices are views of it, or of names that
// must not be changed.
type Agent struct {
	Program, ProgramVersion []byte
	System, SystemVersion   []byte
	Device                  []byte // "desktop", "mobile", "tablet", "tv", "robot", or empty
}

// name is a mark in a text, and what it stands for. The version follows the mark.
type name struct {
	mark, name string
}

// programs, those that are named by fewer others first.
var programs = []name{
	{"Googlebot/", "Googlebot"}, {"bingbot/", "bingbot"}, {"YandexBot/", "YandexBot"}, {"Baiduspider/", "Baiduspider"},
	{"DuckDuckBot/", "DuckDuckBot"}, {"facebookexternalhit/", "facebookexternalhit"}, {"Applebot/", "Applebot"},
	{"EdgA/", "Edge"}, {"EdgiOS/", "Edge"}, {"Edg/", "Edge"}, {"Edge/", "Edge"}, {"OPR/", "Opera"}, {"OPiOS/", "Opera"},
	{"SamsungBrowser/", "Samsung Internet"}, {"UCBrowser/", "UC Browser"}, {"YaBrowser/", "Yandex Browser"}, {"Vivaldi/", "Vivaldi"},
	{"MicroMessenger/", "WeChat"}, {"Instagram ", "Instagram"}, {"FBAV/", "Facebook"}, {"MIUI/", "MIUI"},
	{"FxiOS/", "Firefox"}, {"SeaMonkey/", "SeaMonkey"}, {"Firefox/", "Firefox"}, {"CriOS/", "Chrome"}, {"Chromium/", "Chromium"},
	{"Chrome/", "Chrome"}, {"MSIE ", "Internet Explorer"}, {"Trident/", "Internet Explorer"},
	{"Opera/", "Opera"}, {"Opera ", "Opera"}, {"Thunderbird/", "Thunderbird"},
	{"Dalvik/", "Dalvik"}, {"okhttp/", "okhttp"}, {"CFNetwork/", "CFNetwork"}, {"Microsoft-CryptoAPI/", "Microsoft-CryptoAPI"},
	{"curl/", "curl"}, {"Wget/", "Wget"}, {"python-requests/", "python-requests"}, {"Python-urllib/", "Python-urllib"},
	{"Go-http-client/", "Go-http-client"}, {"Java/", "Java"}, {"Apache-HttpClient/", "Apache-HttpClient"}, {"libwww-perl/", "libwww-perl"},
	{"Lavf/", "Lavf"}, {"VLC/", "VLC"}, {"APT-HTTP/", "APT-HTTP"}, {"Debian APT-HTTP/", "APT-HTTP"},
	{"Version/", "Safari"}, // of Safari, or of the browser that Android had
}

// systems, likewise.
var systems = []name{
	{"Windows Phone OS ", "Windows Phone"}, {"Windows Phone ", "Windows Phone"}, {"Windows NT ", "Windows"}, {"Windows ", "Windows"},
	{"CPU iPhone OS ", "iOS"}, {"iPhone OS ", "iOS"}, {"CPU OS ", "iOS"}, {"iOS ", "iOS"}, {"Android ", "Android"}, {"Android", "Android"},
	{"CrOS ", "Chrome OS"}, {"Mac OS X ", "macOS"}, {"Mac OS X", "macOS"}, {"Darwin/", "Darwin"}, {"Tizen ", "Tizen"}, {"Web0S", "webOS"},
	{"FreeBSD", "FreeBSD"}, {"OpenBSD", "OpenBSD"}, {"Ubuntu", "Linux"}, {"Linux", "Linux"},
}

// devices, likewise; none of them has a version.
var devices = []name{
	{"bot/", "robot"}, {"spider/", "robot"}, {"bot;", "robot"}, {"facebookexternalhit/", "robot"},
	{"SmartTV", "tv"}, {"SMART-TV", "tv"}, {"Smart-TV", "tv"}, {"Web0S", "tv"}, {"BRAVIA", "tv"}, {"AppleTV", "tv"},
	{"iPad", "tablet"}, {"Tablet", "tablet"}, {"iPhone", "mobile"}, {"iPod", "mobile"}, {"Mobile", "mobile"}, {"Windows Phone", "mobile"},
	{"Android", "tablet"}, // RFC 9110 says nothing, but phones say Mobile
	{"Windows NT", "desktop"}, {"Macintosh", "desktop"}, {"X11", "desktop"}, {"CrOS", "desktop"},
}

// Parse reads a User-Agent.
func Parse(text []byte) (a Agent) {
	a.Program, a.ProgramVersion = find(programs, text)
	a.System, a.SystemVersion = find(systems, text)
	a.Device, _ = find(devices, text)
	return a
}

// find returns the first name of a list that a text has, and its version.
func find(list []name, text []byte) (found, version []byte) {
	for i := range list {
		if at := bytes.Index(text, []byte(list[i].mark)); at >= 0 {
			return []byte(list[i].name), versionOf(text[at+len(list[i].mark):])
		}
	}
	return nil, nil
}

// maxVersion bounds a version, bytes.
const maxVersion = 32

// versionOf returns the version at the beginning of a text: digits, and what is
// between them.
func versionOf(text []byte) []byte {
	n := 0
	for n < len(text) && n < maxVersion && (text[n] >= '0' && text[n] <= '9' || n > 0 && (text[n] == '.' || text[n] == '_')) {
		n++
	}
	return bytes.TrimRight(text[:n], "._")
}
