package media

import (
	"encoding/binary"
	"testing"
)

// feed feeds a body in pieces of a size.
func feed(f func([]byte), body []byte, size int) {
	for len(body) > 0 {
		n := min(size, len(body))
		f(append([]byte(nil), body[:n]...))
		body = body[n:]
	}
}

func TestPlaylist(t *testing.T) {
	const whole = "#EXTM3U\r\n#EXT-X-VERSION:3\r\n#EXT-X-MEDIA-SEQUENCE:2680\r\n#EXT-X-ALLOW-CACHE:NO\r\n#EXT-X-TARGETDURATION:8\r\n#EXTINF:7.975,\r\nhttps://example.com/a.ts\r\n"
	for name, c := range map[string]struct {
		body string
		want Playlist
		is   bool
	}{
		"whole":               {whole, Playlist{Version: 3, MediaSequence: 2680, TargetDuration: 8}, true},
		"byte order mark":     {"\xef\xbb\xbf" + whole, Playlist{Version: 3, MediaSequence: 2680, TargetDuration: 8}, true},
		"as little as can be": {"#EXTM3U\n", Playlist{Version: 1, AllowCache: true}, true},
		"cache allowed":       {"#EXTM3U\n#EXT-X-ALLOW-CACHE:YES\n", Playlist{Version: 1, AllowCache: true}, true},
		"no numbers":          {"#EXTM3U\n#EXT-X-VERSION:x\n#EXT-X-TARGETDURATION:-1\n", Playlist{Version: 1, AllowCache: true}, true},
		"last line open":      {"#EXTM3U\n#EXT-X-VERSION:3", Playlist{Version: 1, AllowCache: true}, true},
		"something else":      {"#EXTINF\n#EXTM3U\n#EXT-X-VERSION:3\n", Playlist{}, false},
		"no line":             {"#EXTM3U", Playlist{}, false},
	} {
		for _, size := range []int{1, 3, 1000} {
			var l Playlist
			feed(l.Feed, []byte(c.body), size)
			got := Playlist{Version: l.Version, MediaSequence: l.MediaSequence, TargetDuration: l.TargetDuration, AllowCache: l.AllowCache}
			if got != c.want || l.Is() != c.is {
				t.Errorf("%s in pieces of %d: %+v, %v", name, size, got, l.Is())
			}
		}
	}
}

// tsPart makes a packet of a transport stream: with a clock value in seconds if not
// negative, and a payload that is stuffed.
func tsPart(pid uint16, counter byte, start bool, clock float64, payload []byte) []byte {
	b := make([]byte, tsPacket)
	b[0], b[3] = tsSync, 0x10|counter&15
	binary.BigEndian.PutUint16(b[1:], pid)
	if start {
		b[1] |= 0x40
	}
	at := tsHeader
	if clock >= 0 {
		b[3] |= 0x20
		b[at], b[at+1] = 7, 0x10
		base := uint64(clock * 90000)
		binary.BigEndian.PutUint32(b[at+2:], uint32(base>>1))
		b[at+6] = byte(base<<7) | 0x7e
		at += 8
	}
	for i := copy(b[at:], payload) + at; i < len(b); i++ {
		b[i] = 0xff
	}
	return b
}

// table makes a section with its pointer before it and room for its checksum.
func table(id byte, number uint16, body ...byte) []byte {
	b := []byte{0, id}
	b = binary.BigEndian.AppendUint16(b, 0xb000|uint16(5+len(body)+4))
	b = binary.BigEndian.AppendUint16(b, number)
	return append(append(b, 0xc1, 0, 0), append(body, 0, 0, 0, 0)...)
}

// film is a stream of some seconds of video, PID 256, and sound: 10 packets each
// tenth of a second, of which 8 are video.
func film(seconds int) (b []byte) {
	b = append(b, tsPart(0, 0, true, -1, table(0, 4711, 0, 1, 0xf0, 0))...)
	b = append(b, tsPart(0x1000, 0, true, -1, table(2, 1, 0xe1, 0, 0xf0, 0, 0x1b, 0xe1, 0, 0xf0, 0, 0x0f, 0xe1, 1, 0xf0, 0))...)
	video, sound := byte(0), byte(0)
	for tenth := range seconds*10 + 1 {
		for i := range 10 {
			clock := -1.0
			if i == 0 {
				clock = float64(tenth) / 10
			}
			if i < 8 {
				b = append(b, tsPart(256, video, false, clock, nil)...)
				video++
			} else {
				b = append(b, tsPart(257, sound, false, -1, nil)...)
				sound++
			}
		}
	}
	return b
}

func TestTransportStream(t *testing.T) {
	body := film(3)
	for _, size := range []int{1, 100, 187, 188, 189, 1460, 1 << 20} {
		var s TransportStream
		feed(s.Feed, body, size)
		if !s.Is() || s.ID != 4711 || s.Packets != uint64(len(body)/tsPacket) || s.OutOfOrder != 0 || s.Video != 31*8*tsPacket {
			t.Errorf("in pieces of %d: id %d, %d packets, %d out of order, %d bytes of video", size, s.ID, s.Packets, s.OutOfOrder, s.Video)
		}
		if got, want := s.VideoRate(), uint64(80*tsPacket*8); got != want {
			t.Errorf("in pieces of %d: %d bits per second, want %d", size, got, want)
		}
	}
}

func TestTransportStreamFaults(t *testing.T) {
	body := film(1)
	at := func(i int) []byte { return body[i*tsPacket : (i+1)*tsPacket] }
	swapped := append([]byte(nil), body...)
	copy(swapped[4*tsPacket:], at(5))
	copy(swapped[5*tsPacket:], at(4))
	twice := append(append([]byte(nil), body[:5*tsPacket]...), body[4*tsPacket:]...)
	lost := append(append([]byte(nil), body[:4*tsPacket]...), body[5*tsPacket:]...)
	torn := append(append([]byte(nil), body[:4*tsPacket]...), append(make([]byte, 50), body[5*tsPacket:]...)...)
	for name, c := range map[string]struct {
		body []byte
		want uint64
	}{"swapped": {swapped, 3}, "twice": {twice, 0}, "lost": {lost, 1}, "torn": {torn, 1}} {
		var s TransportStream
		s.Feed(c.body)
		if !s.Is() || s.OutOfOrder != c.want {
			t.Errorf("%s: %d packets out of order, want %d", name, s.OutOfOrder, c.want)
		}
	}
	for name, other := range map[string][]byte{"text": []byte("Go!"), "G only": append([]byte("G"), make([]byte, 400)...), "one packet": body[:tsPacket], "nothing": nil} {
		var s TransportStream
		s.Feed(other)
		if s.Is() {
			t.Errorf("%s is a stream", name)
		}
	}
	var s TransportStream
	s.Feed(tsPart(256, 0, false, 5, nil))
	s.Feed(tsPart(256, 1, false, 1, nil)) // the clock was set anew
	if got := s.VideoRate(); got != 0 {
		t.Errorf("%d bits per second while the clock stands", got)
	}
}

// FuzzStream holds that no body does harm, and that its pieces make no difference.
func FuzzStream(f *testing.F) {
	f.Add(film(1)[:40*tsPacket], uint16(100))
	f.Add([]byte("#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-MEDIA-SEQUENCE:1\n"), uint16(3))
	f.Add(append(tsPart(0, 0, true, 1, table(0, 1, 0, 1)), tsPart(0, 1, true, -1, []byte{200})...), uint16(1))
	f.Fuzz(func(t *testing.T, body []byte, size uint16) {
		var whole, pieces TransportStream
		var list, parts Playlist
		whole.Feed(body)
		list.Feed(body)
		feed(pieces.Feed, body, int(size)+1)
		feed(parts.Feed, body, int(size)+1)
		if whole.Packets != pieces.Packets || whole.ID != pieces.ID || whole.VideoRate() != pieces.VideoRate() || whole.OutOfOrder != pieces.OutOfOrder {
			t.Fatalf("whole %d, %d, in pieces %d, %d", whole.Packets, whole.OutOfOrder, pieces.Packets, pieces.OutOfOrder)
		}
		if list.Is() != parts.Is() || list.Version != parts.Version || list.MediaSequence != parts.MediaSequence {
			t.Fatalf("%+v, %+v", list, parts)
		}
	})
}
