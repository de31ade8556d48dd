package probe

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
)

// packed packs a text by a content coding of HTTP.
func packed(t *testing.T, coding, text string) string {
	t.Helper()
	var b bytes.Buffer
	var w io.WriteCloser
	switch coding {
	case "gzip":
		w = gzip.NewWriter(&b)
	case "deflate":
		w = zlib.NewWriter(&b)
	case "br":
		w = brotli.NewWriter(&b)
	}
	if _, err := io.WriteString(w, text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// chunked frames a body in chunks of n bytes, with an extension and a trailer.
func chunked(body string, n int) string {
	var b strings.Builder
	for len(body) > 0 {
		n := min(n, len(body))
		fmt.Fprintf(&b, "%x;ext=1\r\n%s\r\n", n, body[:n])
		body = body[n:]
	}
	return b.String() + "0\r\nX-Trailer: 1\r\n\r\n"
}

// rebuilt runs the probe on a trace with reconstruction to a new folder, and returns
// the lines of report 301, sorted and without the folder, and the files.
func rebuilt(t *testing.T, trace string, overrides ...string) (lines []string, files map[string]string) {
	t.Helper()
	dir := t.TempDir()
	out := analyse(t, trace, append([]string{
		"enable-tcp-reassembly=true", "enable-ip-defragmentation=true", "session-report.ftp=true",
		"reconstruct-data.http.enable=true", "reconstruct-data.http.output-dir=" + dir, "reconstruct-data.http.output-channel={stdout}",
		"reconstruct-data.ftp.enable=true", "reconstruct-data.ftp.output-dir=" + dir, "reconstruct-data.ftp.output-channel={stdout}",
	}, overrides...)...)
	for line := range strings.Lines(out) {
		if strings.HasPrefix(line, "301,") {
			fields := strings.SplitN(strings.TrimSpace(line), ",", 5)
			lines = append(lines, strings.ReplaceAll(fields[4], dir+"/", ""))
		}
	}
	slices.Sort(lines)
	return lines, contents(t, dir)
}

// expect compares files and lines, for several numbers of threads.
func expect(t *testing.T, w *wire, files map[string]string, lines ...string) {
	t.Helper()
	trace := w.file(t)
	slices.Sort(lines)
	for _, threads := range []int{0, 1, 3} {
		gotLines, got := rebuilt(t, trace, fmt.Sprint("thread-nb=", threads))
		if !slices.Equal(gotLines, lines) {
			t.Errorf("%d threads: lines\n%s\nwant\n%s", threads, strings.Join(gotLines, "\n"), strings.Join(lines, "\n"))
		}
		if names := slices.Sorted(maps.Keys(got)); !slices.Equal(names, slices.Sorted(maps.Keys(files))) {
			t.Errorf("%d threads: files %q", threads, names)
		}
		for name, data := range files {
			if got[name] != data {
				t.Errorf("%d threads: %s has %d bytes, want %d", threads, name, len(got[name]), len(data))
			}
		}
	}
}

const htmlHead = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"

// TestReconstructHTTP holds that bodies of all codings become files, with the status
// of what is missing.
func TestReconstructHTTP(t *testing.T) {
	text := strings.Repeat("<p>some text that is long enough for several segments</p>\n", 100)
	w := &wire{}
	get := func(l *link, path string) { l.send(0, "GET "+path+" HTTP/1.1\r\nHost: example.com\r\n\r\n") }
	answer := func(l *link, path, head, body string) {
		get(l, path)
		l.send(1, htmlHead+head+"\r\n"+body)
	}
	length := func(body string) string { return fmt.Sprintf("Content-Length: %d\r\n", len(body)) }
	a := w.dial(4001, 80)
	files := map[string]string{}
	var lines []string
	for _, c := range []struct {
		name, coding string
		number       int
	}{{"gzip", "gzip", 0}, {"deflate", "deflate", 2}, {"br", "br", 4}} {
		body := packed(t, c.coding, text)
		answer(a, "/"+c.name, "Content-Encoding: "+c.coding+"\r\n"+length(body), body)
		answer(a, "/"+c.name+"/chunked", "Transfer-Encoding: chunked\r\nContent-Encoding: "+c.coding+"\r\n", chunked(body, 77))
		files["mmt-1-example.com-="+c.name+".html"] = text
		files["mmt-1-example.com-="+c.name+"=chunked.html"] = text
		lines = append(lines, fmt.Sprintf(`0,%d,%d,%d,0,"mmt-1-example.com-=%s.html"`, len(body), len(body), c.number, c.name),
			fmt.Sprintf(`0,0,%d,%d,0,"mmt-1-example.com-=%s=chunked.html"`, len(body), c.number, c.name))
	}
	answer(a, "/plain.html", length(text), text)
	answer(a, "/plain.html", length("again"), "again")
	answer(a, "/bad", "Content-Encoding: gzip\r\n"+length(text), text)
	answer(a, "/odd", "Content-Encoding: zstd\r\n"+length("zzz"), "zzz")
	get(a, "/part")
	a.send(1, "HTTP/1.1 206 Partial Content\r\nContent-Type: text/html\r\nContent-Range: bytes 10-14/100\r\nContent-Length: 5\r\n\r\nrange")
	get(a, "/empty")
	a.send(1, "HTTP/1.1 304 Not Modified\r\n\r\n")
	answer(a, "/until-close", "", text)
	a.close()
	b := w.dial(4002, 80) // cut by a hole, and by the end of the trace
	get(b, "/hole")
	long := strings.Repeat(text, 60) // more than waits for what is missing
	b.send(1, htmlHead+length(long)+"\r\n"+long[:1000])
	b.lose(1, 500)
	b.send(1, long[1500:])
	c := w.dial(4003, 80)
	answer(c, "/cut", "Content-Encoding: br\r\nContent-Length: 100000\r\n", "")
	files["mmt-1-example.com-=plain.html"], files["mmt-1-example.com-=plain-2.html"] = text, "again"
	files["mmt-1-example.com-=bad.html"], files["mmt-1-example.com-=odd.html"] = text, "zzz"
	files["mmt-1-example.com-=part.html"], files["mmt-1-example.com-=until-close.html"] = "range", text
	files["mmt-2-example.com-=hole.html"] = long[:1000] + long[1500:]
	n := len(text)
	expect(t, w, files, append(lines,
		fmt.Sprintf(`0,%d,%d,0,0,"mmt-1-example.com-=plain.html"`, n, n), `0,5,5,0,0,"mmt-1-example.com-=plain-2.html"`,
		fmt.Sprintf(`2,%d,%d,0,0,"mmt-1-example.com-=bad.html"`, n, n), `3,3,3,0,0,"mmt-1-example.com-=odd.html"`,
		`0,5,5,0,0,"mmt-1-example.com-=part.html"`, fmt.Sprintf(`0,0,%d,0,0,"mmt-1-example.com-=until-close.html"`, n),
		fmt.Sprintf(`1,%d,%d,0,0,"mmt-2-example.com-=hole.html"`, len(long), len(long)-500))...)
}

// TestReconstructHostile holds that hostile names stay in the folder.
func TestReconstructHostile(t *testing.T) {
	w := &wire{}
	l := w.dial(4001, 80)
	for _, request := range [][2]string{
		{"../../../../etc/passwd", "../.."}, {"/../../../../../../../../tmp/x", "h"}, {"/a\x00b", "h\x00"}, {"/" + strings.Repeat("A", 3000), strings.Repeat("h", 900)},
		{"/\xe2\x80\xae.exe", "\xff"}, {"/..%2f..%2fetc", "..\\..\\"}, {"http://x/../../y", ""}, {"/$(id)`id`;'\"", "a b"},
	} {
		l.send(0, "GET "+request[0]+" HTTP/1.1\r\nHost: "+request[1]+"\r\n\r\n")
		l.send(1, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ndata")
	}
	l.close()
	above := t.TempDir()
	dir := filepath.Join(above, "a", "b")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	analyse(t, w.file(t), "enable-tcp-reassembly=true", "enable-ip-defragmentation=true",
		"reconstruct-data.http.enable=true", "reconstruct-data.http.output-dir="+dir, "reconstruct-data.http.output-channel={stdout}")
	all := 0
	err := filepath.WalkDir(above, func(path string, entry os.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			all++
		}
		return err
	})
	if files := contents(t, dir); err != nil || len(files) != 8 || all != 8 {
		t.Errorf("%v: %d files, %d in the folder: %q", err, all, len(files), slices.Collect(maps.Keys(files)))
	}
}

// TestReconstructFTP holds that files that are fetched and stored are written, and
// listings are not.
func TestReconstructFTP(t *testing.T) {
	text := strings.Repeat("contents of a file\n", 200)
	w := &wire{}
	control := w.dial(5000, 21)
	control.send(1, "220 FTP server ready\r\n")
	control.send(0, "USER anna\r\n")
	control.send(1, "331 Password required\r\n")
	control.send(0, "PASS secret\r\n")
	control.send(1, "230 Logged in\r\n")
	transfer := func(port uint16, command, about string, side int, data string) {
		control.send(0, "PASV\r\n")
		control.send(1, fmt.Sprintf("227 Entering Passive Mode (10,0,0,2,%d,%d)\r\n", port>>8, port&255))
		control.send(0, command+"\r\n")
		l := w.dial(port-1000, port)
		control.send(1, "150 Opening data connection"+about+"\r\n")
		l.send(side, data)
		l.close()
		control.send(1, "226 Transfer complete\r\n")
	}
	transfer(30001, "LIST", "", 1, "-rw-r--r-- 1 a a 3800 Jan 1 00:00 file\r\n")
	transfer(30002, "RETR ../../pub/file.txt", fmt.Sprintf(" for file (%d bytes)", len(text)), 1, text)
	transfer(30003, "STOR up load.bin", "", 0, text[:500])
	transfer(30004, "RETR short", " for short (9999 bytes)", 1, text)
	control.send(0, "QUIT\r\n")
	control.close()
	expect(t, w, map[string]string{
		"mmt-3-10.0.0.2-..=..=pub=file.txt": text, "mmt-4-10.0.0.2-up_load.bin": text[:500], "mmt-5-10.0.0.2-short": text,
	}, fmt.Sprintf(`0,%d,%d,0,0,"mmt-3-10.0.0.2-..=..=pub=file.txt"`, len(text), len(text)),
		`0,0,500,0,0,"mmt-4-10.0.0.2-up_load.bin"`, fmt.Sprintf(`1,9999,%d,0,0,"mmt-5-10.0.0.2-short"`, len(text)))
}

// TestReconstructSamples compares reports 301 with those of the probe that this one
// replaces, but for the folder.
func TestReconstructSamples(t *testing.T) {
	text, err := os.ReadFile(shared(t, "reference/report-samples/type_301.csv"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	out := analyse(t, shared(t, sampleTraces["eth/alexa-app.pcap"]), "enable-tcp-reassembly=true", "enable-ip-defragmentation=true",
		"reconstruct-data.http.enable=true", "reconstruct-data.http.output-dir="+dir, "reconstruct-data.http.output-channel={stdout}")
	plain := func(line string) string {
		line = withoutSource(strings.TrimSpace(line))
		_, path, _ := strings.Cut(line, "mmt-")
		return line[:strings.Index(line, `"`)] + path
	}
	got := map[string]bool{}
	for line := range strings.Lines(out) {
		if strings.HasPrefix(line, "301,") {
			got[plain(line)] = true
		}
	}
	compared := 0
	for line := range strings.Lines(string(text)) {
		if strings.Contains(line, "alexa-app") {
			compared++
			if !got[plain(line)] {
				t.Errorf("no line like\n%s", line)
			}
		}
	}
	if compared < 3 {
		t.Errorf("only %d lines were compared", compared)
	}
}

// TestBehaviour holds that behaviour files have the sample's lines, whatever the
// number of threads, with and without session reports.
func TestBehaviour(t *testing.T) {
	text, err := os.ReadFile(shared(t, "reference/report-samples/type_behaviour_101.csv"))
	if err != nil {
		t.Fatal(err)
	}
	compared := 0
	for source, trace := range sampleTraces {
		for _, options := range [][]string{{"thread-nb=1"}, {"thread-nb=3", "session-report.enable=false"}} {
			dir := t.TempDir()
			analyse(t, shared(t, trace), append(options, "behaviour.enable=true", "behaviour.output-dir="+dir)...)
			got := map[string]bool{}
			for name, data := range contents(t, dir) {
				if !strings.HasSuffix(name, "_data.csv") && !strings.HasSuffix(name, ".sem") {
					t.Errorf("file %s", name)
				}
				for line := range strings.Lines(data) {
					got[withoutSource(strings.TrimSpace(line))] = true
				}
			}
			for line := range strings.Lines(string(text)) {
				if strings.Contains(line, `"`+source+`"`) {
					compared++
					if want := withoutSource(strings.TrimSpace(line)); !got[want] {
						t.Errorf("%s %v: no line\n%s", source, options, want)
					}
				}
			}
		}
	}
	if compared < 8 {
		t.Errorf("only %d lines were compared", compared)
	}
}

// TestUserAgent holds that the client of a web session is reported once its volume
// has reached the threshold.
func TestUserAgent(t *testing.T) {
	w := &wire{}
	for i, size := range []int{100, 9000} {
		l := w.dial(uint16(4001+i), 80)
		l.send(0, "GET / HTTP/1.1\r\nHost: h.example\r\nUser-Agent: curl/7.88.1 (X11; Linux)\r\n\r\n")
		l.send(1, fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", size, strings.Repeat("x", size)))
		l.close()
	}
	trace := w.file(t)
	line := func(session int) string {
		return fmt.Sprintf(`%d,1,"10.0.0.1","10.0.0.2","h.example","curl/7.88.1 (X11; Linux)","curl","7.88.1","Linux","","desktop"`, session)
	}
	for threshold, want := range map[int][]string{-1: nil, 0: {line(1), line(2)}, 5: {line(2)}, 32: nil} {
		for _, threads := range []int{1, 2} {
			var got []string
			for l := range strings.Lines(analyse(t, trace, fmt.Sprint("data-output.include-user-agent=", threshold), fmt.Sprint("thread-nb=", threads))) {
				if strings.HasPrefix(l, "102,") {
					got = append(got, strings.SplitN(strings.TrimSpace(l), ",", 5)[4])
				}
			}
			slices.Sort(got)
			if !slices.Equal(got, want) {
				t.Errorf("threshold %d, %d threads: %q", threshold, threads, got)
			}
		}
	}
}
