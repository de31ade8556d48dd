package report

// Playlist is application format 2001: an M3U8 playlist inside web.
type Playlist struct {
	Version        uint64
	MediaSequence  uint64 // number of the first segment
	TargetDuration uint64 // seconds
	AllowCache     bool
}

func (*Playlist) format() string { return ",2001" }

func (p *Playlist) appendFields(dst []byte, _ *Encoder) []byte {
	dst = appendUintField(dst, p.Version)
	dst = appendUintField(dst, p.MediaSequence)
	dst = appendUintField(dst, p.TargetDuration)
	cache := uint64(0)
	if p.AllowCache {
		cache = 1
	}
	return appendUintField(dst, cache)
}

// TransportStream is application format 2000: an MPEG transport stream inside web.
type TransportStream struct {
	NetworkRate     uint64 // bits per second, from the first to the last packet that brought some of it
	VideoRate       uint64 // bits per second of the stream's own clock
	Retransmissions uint64 // TCP segments sent again by the server, in the period
	OutOfOrder      uint64 // packets of the stream that do not follow the one before, in the period
	ID              uint16 // transport_stream_id
}

func (*TransportStream) format() string { return ",2000" }

func (t *TransportStream) appendFields(dst []byte, _ *Encoder) []byte {
	dst = appendUintField(dst, t.NetworkRate)
	dst = appendUintField(dst, t.VideoRate)
	dst = appendUintField(dst, t.Retransmissions)
	dst = appendUintField(dst, t.OutOfOrder)
	return appendUintField(dst, uint64(t.ID))
}
