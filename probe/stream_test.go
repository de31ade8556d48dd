package probe_test

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"testing"

	"mmt/bench/traffic"
)

// webTalk makes the packets of a TCP connection from 10.1.2.n to port 80.
type webTalk struct {
	client  byte
	at      int64
	seq     [2]uint32
	packets []traffic.Packet
}

// say sends segments, 100 ms apart, from the client or the server.
func (w *webTalk) say(server bool, segments ...string) {
	from, to, ports, d := []byte{10, 1, 2, w.client}, []byte{198, 19, 0, 80}, []uint16{40000, 80}, 0
	if server {
		from, to, d = to, from, 1
		slices.Reverse(ports)
	}
	for _, data := range segments {
		frame := append(make([]byte, 12, 60+len(data)), 8, 0)
		frame[5], frame[11] = to[3], from[3]
		frame = append(frame, 0x45, 0)
		frame = binary.BigEndian.AppendUint16(frame, uint16(40+len(data)))
		frame = append(append(append(frame, 0, 1, 0, 0, 64, 6, 0, 0), from...), to...)
		frame = binary.BigEndian.AppendUint16(frame, ports[0])
		frame = binary.BigEndian.AppendUint16(frame, ports[1])
		frame = binary.BigEndian.AppendUint32(frame, 1+w.seq[d])
		frame = binary.BigEndian.AppendUint32(frame, 1+w.seq[d^1])
		frame = append(append(frame, 0x50, 0x18, 0x10, 0, 0, 0, 0, 0), data...)
		w.seq[d] += uint32(len(data))
		w.at += 1e8
		w.packets = append(w.packets, traffic.Packet{Time: 1700000000e9 + w.at, Data: frame})
	}
}

// get is a request and the head of its answer.
func (w *webTalk) get(path, kind string, body int) {
	w.say(false, "GET "+path+" HTTP/1.1\r\nHost: tv.example.com\r\n\r\n")
	w.say(true, fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n", kind, body))
}

const playlist = "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-MEDIA-SEQUENCE:2680\n#EXT-X-TARGETDURATION:8\n#EXT-X-ALLOW-CACHE:NO\n#EXTINF:8,\na.ts\n"

// pictures is a transport stream, number 77, of one PID without clock; each number
// is the continuity counter of a packet.
func pictures(counters ...byte) string {
	var b strings.Builder
	section := "\x00\x00\xb0\x0d\x00\x4d\xc1\x00\x00\x00\x01\xf0\x00\x00\x00\x00\x00"
	b.WriteString("\x47\x40\x00\x10" + section + strings.Repeat("\xff", 184-len(section)))
	for _, c := range counters {
		b.WriteString("\x47\x01\x00" + string([]byte{0x10 | c}) + strings.Repeat("x", 184))
	}
	return b.String()
}

// TestStreams holds the formats of video in place of that of web, and that other
// transactions of the same sessions are not changed.
func TestStreams(t *testing.T) {
	dir := t.TempDir()
	var packets []traffic.Packet
	for client := range byte(3) {
		w := &webTalk{client: client + 1, at: int64(client) * 1e7}
		w.get("/live.m3u8", "application/vnd.apple.mpegurl", len(playlist))
		w.say(true, playlist[:30], playlist[30:])
		ts := pictures(0, 1, 2, 5, 6)
		w.get("/a.ts", "video/mp2t", len(ts))
		w.say(true, ts[:500], ts[500:600], ts[600:])
		w.get("/a.html", "text/html", 5)
		w.say(true, "hello")
		packets = append(packets, w.packets...)
	}
	slices.SortFunc(packets, func(a, b traffic.Packet) int { return int(a.Time - b.Time) })
	write(t, dir, "trace.pcap", pcap(t, packets))
	formats := func(options ...string) (list []string, lines []string) {
		lines = reports(t, dir, nil, append([]string{"-t", "trace.pcap"}, options...)...)
		for _, f := range ofReport("100", lines) {
			list = append(list, f[38]+":"+strings.Join(f[41:], ","))
		}
		slices.Sort(list)
		return list, threadless(lines)
	}
	stream := []string{"-X", "session-report.stream=true"}
	// 1128 bytes came in 200 ms, one packet was lost.
	want := []string{"2000:45120,0,0,1,77", "2001:3,2680,8,0"}
	got, one := formats(append(stream, "-X", "thread-nb=0")...)
	for _, format := range want {
		if n := count(got, format); n != 3 {
			t.Errorf("%s is told %d times of 3: %q", format, n, got)
		}
	}
	if n := len(slices.DeleteFunc(slices.Clone(got), func(s string) bool { return !strings.HasPrefix(s, "1:") || !strings.Contains(s, `"/a.html"`) })); n != 3 || len(got) != 9 {
		t.Errorf("%d of %d are web, want 3 of 9: %q", n, len(got), got)
	}
	for _, threads := range []int{1, 2, 3} {
		_, more := formats(append(stream, "-X", fmt.Sprint("thread-nb=", threads))...)
		same(t, fmt.Sprint(threads, " threads"), more, one)
	}
	plain, _ := formats()
	for _, format := range plain {
		if !strings.HasPrefix(format, "1:") {
			t.Errorf("without the option: %s", format)
		}
	}
}

func count(list []string, want string) (n int) {
	for _, s := range list {
		if s == want {
			n++
		}
	}
	return n
}
