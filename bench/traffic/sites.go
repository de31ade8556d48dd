package traffic

// sites are well-known names that classification rules look for.
var sites = []string{
	"www.google.com", "www.youtube.com", "www.facebook.com", "www.instagram.com", "web.whatsapp.com",
	"en.wikipedia.org", "www.amazon.com", "www.netflix.com", "twitter.com", "www.linkedin.com",
	"github.com", "www.microsoft.com", "outlook.office365.com", "www.apple.com", "www.icloud.com",
	"www.reddit.com", "open.spotify.com", "www.dropbox.com", "www.tiktok.com", "zoom.us",
	"www.twitch.tv", "www.ebay.com", "www.paypal.com", "www.yahoo.com", "www.bing.com",
	"www.cloudflare.com", "stackoverflow.com", "www.skype.com", "web.telegram.org", "discord.com",
}

// plainSites are names that still answer without encryption.
var plainSites = []string{
	"example.com", "neverssl.com", "detectportal.firefox.com", "connectivitycheck.gstatic.com",
	"captive.apple.com", "deb.debian.org", "archive.ubuntu.com", "ctldl.windowsupdate.com",
	"www.msftconnecttest.com", "ocsp.digicert.com", "www.google.com", "en.wikipedia.org",
	"www.facebook.com", "www.youtube.com", "www.yahoo.com", "www.baidu.com",
}

// userAgents are those of browsers, telephones and tools.
var userAgents = []string{
	"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Safari/537.36",
	"Mozilla/5.0 (X11; Linux x86_64; rv:125.0) Gecko/20100101 Firefox/125.0",
	"Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Mobile/15E148 Safari/604.1",
	"Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Mobile Safari/537.36",
	"Dalvik/2.1.0 (Linux; U; Android 13; SM-A536B Build/TP1A.220624.014)",
	"curl/8.7.1",
	"Wget/1.24.5",
	"Debian APT-HTTP/1.3 (2.6.1)",
}
