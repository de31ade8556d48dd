package media

import (
	"bytes"
	"strconv"
)

// Playlist reads an M3U8 playlist, RFC 8216 section 4. The zero value is ready.
type Playlist struct {
	Version        uint64 // 1 unless the playlist says another
	MediaSequence  uint64 // number of the first segment
	TargetDuration uint64 // seconds
	AllowCache     bool   // draft-pantos-http-live-streaming-22 section 3.4.6; true unless it says NO

	state playlistState
	line  [maxTag]byte // a line that came in pieces
	n     int
}

type playlistState uint8

const (
	playlistNew playlistState = iota
	playlistOther
	playlistIs
)

// maxTag is how long a line is of which the tag is read.
const maxTag = 128

// Is tells whether the body is a playlist, as its first line says.
func (l *Playlist) Is() bool { return l.state == playlistIs }

// Feed reads the next piece of the body.
func (l *Playlist) Feed(piece []byte) {
	for l.state != playlistOther && len(piece) > 0 {
		end := bytes.IndexByte(piece, '\n')
		part := piece
		if end >= 0 {
			part = piece[:end]
		}
		l.n += copy(l.line[l.n:], part)
		if end < 0 {
			return
		}
		l.read(bytes.TrimRight(l.line[:l.n], "\r"))
		l.n, piece = 0, piece[end+1:]
	}
}

// read reads a line.
func (l *Playlist) read(line []byte) {
	if l.state == playlistNew {
		l.state = playlistOther
		if string(bytes.TrimPrefix(line, []byte("\xef\xbb\xbf"))) == "#EXTM3U" {
			l.state, l.Version, l.AllowCache = playlistIs, 1, true
		}
		return
	}
	name, value, _ := bytes.Cut(line, []byte(":"))
	switch string(name) {
	case "#EXT-X-VERSION":
		number(&l.Version, value)
	case "#EXT-X-MEDIA-SEQUENCE":
		number(&l.MediaSequence, value)
	case "#EXT-X-TARGETDURATION":
		number(&l.TargetDuration, value)
	case "#EXT-X-ALLOW-CACHE":
		l.AllowCache = string(value) != "NO"
	}
}

// number reads a decimal number; what is none changes nothing.
func number(to *uint64, value []byte) {
	if n, err := strconv.ParseUint(string(value), 10, 64); err == nil {
		*to = n
	}
}
