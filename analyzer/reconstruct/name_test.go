package reconstruct

import (
	"path/filepath"
	"strings"
	"testing"
)

func TestNames(t *testing.T) {
	for _, c := range []struct{ host, uri, mime, want string }{
		{"pic.1kxun.com", "/video_kankan/images/videos/4657-jfyj.jpg", "image/jpeg", "mmt-32-pic.1kxun.com-=video_kankan=images=videos=4657-jfyj.jpg"},
		{"ecx.images-amazon.com", "/images/I/81diFQyVjHL._SL210_QL95_.png", "image/jpeg", "mmt-32-ecx.images-amazon.com-=images=I=81diFQyVjHL._SL210_QL95_.png.jpg"},
		{"example.com", "/a.html", "text/html; charset=utf-8", "mmt-32-example.com-=a.html"},
		{"example.com", "/a.HTM", "Text/HTML", "mmt-32-example.com-=a.HTM"},
		{"example.com", "/a.JPEG", "image/jpeg", "mmt-32-example.com-=a.JPEG"},
		{"example.com", "/", "text/html", "mmt-32-example.com-=.html"},
		{"example.com", "http://example.com/b/c", "", "mmt-32-example.com-=b=c"},
		{"example.com", "http://example.com", "", "mmt-32-example.com-="},
		{"example.com", "/see?u=http://x/y", "", "mmt-32-example.com-=see_u=http_==x=y"},
		{"example.com:8080", "/a b&c;d|e", "", "mmt-32-example.com_8080-=a_b_c_d_e"},
		{"[2001:db8::1]", "*", "", "mmt-32-_2001_db8__1_-_"},
		{"", "", "", "mmt-32--"},
		{"../../etc", "/../../../etc/passwd", "", "mmt-32-..=..=etc-=..=..=..=etc=passwd"},
		{"a\x00b", "/x\x00.jpg\r\n", "", "mmt-32-a_b-=x_.jpg__"},
		{"..\\..", "\\windows\\win.ini", "", "mmt-32-..=..-=windows=win.ini"},
		{"bücher.example", "/é/\u202egpj.exe", "", "mmt-32-b__cher.example-=__=___gpj.exe"},
		{"$(reboot)", "/`id`'\"<>", "", "mmt-32-__reboot_-=_id_____"},
	} {
		f := File{Host: []byte(c.host), URI: []byte(c.uri), MIME: []byte(c.mime)}
		base, ending := nameOf(32, &f)
		if base+ending != c.want {
			t.Errorf("%q %q: %q, want %q", c.host, c.uri, base+ending, c.want)
		}
	}
}

// TestLongNames holds that names that are cut stay different and short.
func TestLongNames(t *testing.T) {
	names := map[string]bool{}
	for _, end := range []string{"a", "b", "c.png"} {
		f := File{Host: []byte("example.com"), URI: []byte("/" + strings.Repeat("x", 5000) + end), MIME: []byte("image/png")}
		base, ending := nameOf(1, &f)
		if len(base+ending) > maxName+8 || ending != ".png" {
			t.Errorf("%d bytes, ending %q", len(base+ending), ending)
		}
		names[base+ending] = true
	}
	if len(names) != 3 {
		t.Errorf("%d names of 3 files", len(names))
	}
}

// FuzzName holds that no name leaves the folder or holds anything but harmless signs.
func FuzzName(f *testing.F) {
	f.Add([]byte("example.com"), []byte("/a.jpg"), []byte("image/jpeg"))
	f.Add([]byte(".."), []byte("../../../../etc/passwd"), []byte("text/plain"))
	f.Add([]byte("\x00\xff"), []byte("http:///"), []byte(";"))
	f.Add([]byte("h"), []byte(strings.Repeat("/..", 300)), []byte("x"))
	f.Fuzz(func(t *testing.T, host, uri, mime []byte) {
		base, ending := nameOf(1<<63, &File{Host: host, URI: uri, MIME: mime})
		name := base + ending
		if !filepath.IsLocal(name) || filepath.Base(name) != name || len(name) > 230 {
			t.Errorf("%q", name)
		}
		for _, c := range []byte(name) {
			if c <= ' ' || c >= 0x7f || strings.IndexByte(`/\:*?"<>|&;$`+"`'()", c) >= 0 {
				t.Errorf("%q holds %q", name, c)
			}
		}
	})
}

// FuzzDecode holds that decoding ends within its limits, whatever the body.
func FuzzDecode(f *testing.F) {
	for _, c := range []Coding{Gzip, Deflate, Brotli} {
		f.Add(pack(f, c, []byte("hello, hello, hello")), uint8(Identity), uint8(c))
		f.Add(pack(f, Gzip, pack(f, c, make([]byte, 3<<20))), uint8(Gzip), uint8(c))
	}
	f.Add(raw(f, []byte("hello")), uint8(Identity), uint8(Deflate))
	f.Fuzz(func(t *testing.T, body []byte, transfer, content uint8) {
		var out strings.Builder
		w := &bounded{w: &out, limit: 2 << 20, ratio: 50}
		err := decode(w, strings.NewReader(string(body)), Coding(transfer%7), Coding(content%7))
		if out.Len() > 2<<20 || out.Len() > ratioFrom && int64(out.Len()) > 51*int64(len(body)) {
			t.Errorf("%d bytes from %d, error %v", out.Len(), len(body), err)
		}
	})
}
