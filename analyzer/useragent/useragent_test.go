package useragent

import (
	"fmt"
	"testing"
)

func TestParse(t *testing.T) {
	for text, want := range map[string]string{
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36 Edg/120.0.2210.61":        "Edge 120.0.2210.61|Windows 10.0|desktop",
		"Mozilla/5.0 (Windows NT 6.1; rv:52.0) Gecko/20100101 Firefox/52.0":                                                                        "Firefox 52.0|Windows 6.1|desktop",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 16_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.5 Mobile/15E148 Safari/604.1":  "Safari 16.5|iOS 16_5|mobile",
		"Mozilla/5.0 (iPad; CPU OS 9_3 like Mac OS X) AppleWebKit/601.1.46 (KHTML, like Gecko) CriOS/49.0.2623.73 Mobile/13E233 Safari/601.1.46":   "Chrome 49.0.2623.73|iOS 9_3|tablet",
		"Mozilla/5.0 (Linux; Android 6.0.1; Nexus 5 Build/M4B30Z) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/56.0.2924.87 Mobile Safari/537.36": "Chrome 56.0.2924.87|Android 6.0.1|mobile",
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.1 Safari/605.1.15":                    "Safari 17.1|macOS 10_15_7|desktop",
		"Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)":                                                                 "Googlebot 2.1| |robot",
		"Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 5.1; Trident/4.0)":                                                                          "Internet Explorer 8.0|Windows 5.1|desktop",
		"curl/7.88.1": "curl 7.88.1| |",
		"Dalvik/2.1.0 (Linux; U; Android 7.0; SM-G920)": "Dalvik 2.1.0|Android 7.0|tablet",
		"":                    " | |",
		"\x00\xff(Chrome/":    "Chrome | |",
		"Wget/1.21.3.. (x)":   "Wget 1.21.3| |",
		"something else/1.0 ": " | |",
	} {
		a := Parse([]byte(text))
		got := fmt.Sprintf("%s %s|%s %s|%s", a.Program, a.ProgramVersion, a.System, a.SystemVersion, a.Device)
		if got != want {
			t.Errorf("%q:\n%s, want\n%s", text, got, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("Mozilla/5.0 (Windows NT 10.0) Chrome/120.0"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if a := Parse(text); len(a.ProgramVersion) > maxVersion || len(a.SystemVersion) > maxVersion {
			t.Errorf("%+v", a)
		}
	})
}
