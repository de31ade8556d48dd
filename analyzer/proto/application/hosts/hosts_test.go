package hosts

import (
	"errors"
	"io"
	"strings"
	"sync"
	"testing"
)

// load returns the table of the built-in data with extra lines; a blank in extra
// stands for a tab.
func load(t testing.TB, extra string) *Table {
	t.Helper()
	table, err := LoadWith(strings.NewReader(tabs(extra)))
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func tabs(s string) string { return strings.ReplaceAll(s, " ", "\t") }

// nameOf returns the name of the application that owns host, "" if none does.
func nameOf(t *Table, host string) string {
	id, ok := t.Lookup([]byte(host))
	if !ok {
		return ""
	}
	for _, a := range t.Applications() {
		if a.ID == id {
			return a.Name
		}
	}
	return "an id that is no application's"
}

func TestLookupForms(t *testing.T) {
	table := load(t, `4000 plain web plain.test
4001 deeper web deep.plain.test
4002 anywhere web brand.*
4003 shop web shop.brand.*
4004 german web brand.de
4005 video web vid*.plain.test,vid*-long.deep.plain.test
4006 longer web video*.plain.test,*-tail.plain.test
4007 first web zzcheck*.,zzexact.
4008 zone web ~zone.test
`)
	for host, want := range map[string]string{
		"plain.test":     "plain",
		"www.plain.test": "plain", "a.b.c.plain.test": "plain",
		"badplain.test": "", "plain.test.example": "", "test": "", "plain": "",
		"deep.plain.test": "deeper", "x.deep.plain.test": "deeper", "xdeep.plain.test": "plain",

		"brand.com": "anywhere", "www.brand.co.uk": "anywhere", "brand.com.br": "anywhere", "brand.or.jp": "anywhere",
		"brand.shop.com": "", "brand.co.example": "", "com.uk": "", "brand": "", "brand.x.uk": "",
		"shop.brand.net": "shop", "a.shop.brand.co.uk": "shop",
		"brand.de": "german", "www.brand.de": "german", "shop.brand.de": "shop",

		"vid.plain.test": "video", "vid1.x.plain.test": "video", "vi.plain.test": "plain",
		"video7.plain.test": "longer", "a-tail.plain.test": "longer", "tail.plain.test": "plain",
		"video.deep.plain.test": "deeper", "vid1-long.deep.plain.test": "video", "vid1-long2.deep.plain.test": "deeper",

		"zzcheck1.nobody.test": "first", "zzexact.nobody.test": "first", "zzexactly.nobody.test": "",
		"zzexact.test": "", "zzexact.plain.test": "plain", "nobody.test": "",

		"zone.test": "zone", "x.zone.test": "zone", "www.plain.test.zone.test": "plain",
		"brand.com.zone.test": "anywhere", "nobody.test.zone.test": "zone", "a.zone.test.zone.test": "zone",

		"PLAIN.Test": "plain", "Shop.BRAND.Co.UK": "shop", "VIDEO.plain.TEST": "longer", "ZZExact.nobody.test": "first",
		"plain.test.": "plain", "plain.test:443": "plain", "plain.test.:443": "plain", "plain.test:": "plain",
		"*.plain.test": "plain", "": "", ".": "", "..": "", ":": "", ":80": "", ".plain.test": "plain",
		"192.0.2.1": "", "192.0.2.1:80": "", "[2001:db8::1]:443": "", "2001:db8::1": "",
	} {
		if got := nameOf(table, host); got != want {
			t.Errorf("%q belongs to %q, want %q", host, got, want)
		}
	}
}

func TestLookupRefusesLongNames(t *testing.T) {
	table := load(t, "")
	fits := strings.Repeat("a.", 122) + "google.com."[:10]
	if got := nameOf(table, fits[len(fits)-255+1:]); got != "google" {
		t.Errorf("a name of 254 bytes belongs to %q", got)
	}
	if got := nameOf(table, strings.Repeat("a.", 123)+"google.com"); got != "" {
		t.Errorf("a name of 256 bytes belongs to %q", got)
	}
}

// Names that the services really use, one line a thing that is easy to get wrong.
func TestLookupServices(t *testing.T) {
	table := load(t, "")
	for host, want := range map[string]string{
		"www.google.com": "google", "www.google.co.in": "google", "ssl.gstatic.com": "google",
		"mail.google.com": "gmail", "maps.google.de": "google_maps", "drive.google.com": "google_drive",
		"rr5---sn-4g5e6nzs.googlevideo.com": "youtube", "i.ytimg.com": "youtube", "yt3.ggpht.com": "youtube",
		"lh3.ggpht.com": "google", "upload.youtube.com": "youtube_upload",
		"fonts.googleapis.com": "google_services", "mtalk.google.com": "google_services",
		"android.clients.google.com": "play_store", "clients4.google.com": "google",
		"dns.google": "doh_dot", "8888.google": "google", "doh.nobody-knows.example": "doh_dot",

		"static.xx.fbcdn.net": "facebook", "video-mxp1-1.xx.fbcdn.net": "fbook_reel_story",
		"instagram.fmxp1-1.fna.fbcdn.net": "instagram", "igcdn-photos-a-a.akamaihd.net": "instagram",
		"edge-mqtt.facebook.com": "facebook_messenger", "graph.facebook.com": "facebook",
		"g.whatsapp.net": "whatsapp", "media-fra3-1.cdn.whatsapp.net": "whatsapp_files", "mmg.whatsapp.net": "whatsapp_files",

		"login.microsoftonline.com": "microsoft365", "onedrive.live.com": "ms_one_drive", "contoso-my.sharepoint.com": "ms_one_drive",
		"contoso.sharepoint.com": "microsoft365", "outlook.live.com": "outlook", "teams.microsoft.com": "teams",
		"api.asm.skype.com": "skype_teams", "download.windowsupdate.com": "windows_update", "wdcp.microsoft.com": "microsoft",
		"vm.westeurope.cloudapp.azure.com": "azure", "www.xbox.com": "xbox",

		"www.apple.com": "apple", "itunes.apple.com": "apple_itunes", "p53-buy.itunes.apple.com": "apple_store",
		"guzzoni.apple.com": "apple_siri", "12-courier.push.apple.com": "apple_push", "p12-content.icloud.com": "icloud",
		"www.apple.com.edgekey.net": "apple", "e6858.dsce9.akamaiedge.net": "akamai", "init-p01st.push.apple.com": "apple_push",

		"www.amazon.co.uk": "amazon", "s3.eu-west-1.amazonaws.com": "amazon_aws", "alexa.amazon.com": "amazon_alexa",
		"avs-alexa-na.amazon.com": "amazon_alexa", "www.primevideo.com": "amazon_video", "d1.cloudfront.net": "cloudfront",

		"occ-0-1.1.nflxso.net": "netflix", "api-global.netflix.com": "netflix", "ipv4-c1.1.nflxvideo.net": "netflix",
		"mail.yandex.kz": "yandex_mail", "1.downloader.disk.yandex.ru": "yandex_disk", "yastatic.net": "yandex",
		"sun9-10.userapi.com": "vk", "web.telegram.org": "telegram", "edge.ookla.com": "ookla", "speedtest.provider.example": "ookla",
		"ocsp.some-ca.example": "ocsp", "crl3.digicert.com": "crl", "www.github.com": "github", "wa.me": "whatsapp",
		"en.wikipedia.org": "wikipedia", "upload.wikimedia.org": "wikipedia", "meta.wikimedia.org": "wikimedia",
		"notgoogle.com": "", "google.com.evil.example": "", "facebook.com.evil.example": "",
	} {
		if got := nameOf(table, host); got != want {
			t.Errorf("%s belongs to %q, want %q", host, got, want)
		}
	}
}

func TestUserLinesWin(t *testing.T) {
	table := load(t, `# a comment, then an empty line

134 google miscellaneous intranet.test
4001 mail_house mail mail.google.com,8.8.8.0/24
427 youtube streaming edgekey.net
`)
	for host, want := range map[string]string{
		"intranet.test": "google", "www.google.com": "google", "mail.google.com": "mail_house", "gmail.com": "gmail",
		"www.apple.com.edgekey.net": "youtube", // no alias zone any more
	} {
		if got := nameOf(table, host); got != want {
			t.Errorf("%s belongs to %q, want %q", host, got, want)
		}
	}
	if id, _ := table.LookupAddr([16]byte{10: 0xff, 11: 0xff, 12: 8, 13: 8, 14: 8, 15: 8}); id != 4001 {
		t.Errorf("8.8.8.8 belongs to %d, want 4001", id)
	}
	for _, a := range table.Applications() {
		if a.ID == 134 && a.Class != ClassMiscellaneous {
			t.Errorf("class of google is %v, want what the user's line says", a.Class)
		}
	}
	if original := load(t, ""); nameOf(original, "intranet.test") != "" {
		t.Error("one table's lines show in another")
	}
}

func TestUserLineErrors(t *testing.T) {
	for text, want := range map[string]string{
		"4000 x":                                           ":1: 2 fields",
		"# fine\nx y web z.test":                           `:2: id "x"`,
		"4096 y web z.test":                                `id "4096"`,
		"3999 y web z.test":                                "choose one from 4000 to 4095",
		"4000 google web z.test":                           `name "google" is that of id 134`,
		"134 googol web z.test":                            `id 134 is that of "google"`,
		"4000 Google web z.test":                           `name "Google"`,
		"4000 x_ web z.test":                               `name "x_"`,
		"4000 y wep z.test":                                `unknown class "wep"; the classes are unknown, web,`,
		"0 unknown unknown z.test":                         "id 0",
		"4000 y web z.test,z.test":                         `"z.test" is given to "y" already`,
		"4000 y web z.test,~z.test":                        `"z.test" is given to "y" already`,
		"4000 y web Z.test":                                "lower-case",
		"4000 y web a..test":                               "1 to 63",
		"4000 y web .test":                                 "1 to 63",
		"4000 y web *.test":                                "leave the star out",
		"4000 y web x*.":                                   "nearly everything",
		"4000 y web a.b*.test":                             "lower-case",
		"4000 y web a*b*.test":                             "one star",
		"4000 y web ~a*.z.test":                            "plain name",
		"4000 y web ~z.*":                                  "plain name",
		"4000 y web a.b.":                                  "one label",
		"4000 y web *.":                                    "leave the star out",
		"4000 y web 10.0.0.1/8":                            "write 10.0.0.0/8",
		"4000 y web 10.0.0/8":                              "write it as 192.0.2.0/24",
		"4000 y web ::ffff:10.0.0.0/104":                   "write IPv4",
		"4000 y web 10.0.0.0/8,10.0.0.0/8":                 "10.0.0.0/8 is given",
		"4000 y web " + strings.Repeat("a", 64):            "1 to 63",
		"4000 y web " + strings.Repeat("a.", 200) + "test": "that long",
	} {
		_, err := LoadWith(strings.NewReader(tabs(text)))
		if err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "extra applications:") {
			t.Errorf("%q: error %v, want one with %q", text, err, want)
		}
	}
}

// namedReader is a reader with a name, as a file is.
type namedReader struct{ io.Reader }

func (namedReader) Name() string { return "mine.tsv" }

func TestUserErrorsNameTheFile(t *testing.T) {
	broken := errors.New("disk on fire")
	for _, r := range []io.Reader{
		namedReader{strings.NewReader("one field")},
		namedReader{io.MultiReader(strings.NewReader("#\n"), errReader{broken})},
	} {
		if _, err := LoadWith(r); err == nil || !strings.HasPrefix(err.Error(), "mine.tsv:") {
			t.Errorf("error %v, want one that starts with the file's name", err)
		}
	}
	if _, err := LoadWith(errReader{broken}); !errors.Is(err, broken) {
		t.Errorf("error %v, want the reader's", err)
	}
}

type errReader struct{ err error }

func (r errReader) Read([]byte) (int, error) { return 0, r.err }

func TestLookupsDoNotAllocate(t *testing.T) {
	table := load(t, "")
	names := [][]byte{
		[]byte("rr5---sn-4g5e6nzs.googlevideo.com"), []byte("WWW.Google.CO.UK:443"), []byte("www.apple.com.edgekey.net"),
		[]byte("igcdn-photos-a-a.akamaihd.net"), []byte("doh.nobody.example"), []byte("nobody.example"),
	}
	addr := [16]byte{0x2a, 0x00, 0x14, 0x50}
	allocs := testing.AllocsPerRun(100, func() {
		for _, n := range names {
			table.Lookup(n)
		}
		table.LookupAddr(addr)
		ClassOf("ssl")
	})
	if allocs != 0 {
		t.Errorf("%v allocations, want none", allocs)
	}
}

func TestLoadIsShared(t *testing.T) {
	tables := make([]*Table, 8)
	var wg sync.WaitGroup
	for i := range tables {
		wg.Go(func() {
			table, err := Load()
			if err != nil {
				t.Error(err)
				return
			}
			tables[i] = table
			if id, ok := table.Lookup([]byte("www.netflix.com")); !ok || id != 242 {
				t.Errorf("www.netflix.com belongs to %d, want 242", id)
			}
		})
	}
	wg.Wait()
	for _, table := range tables {
		if table != tables[0] {
			t.Fatal("Load parsed the tables more than once")
		}
	}
}
