package traffic

import "encoding/binary"

// wire is a byte string that is being built. Every method appends to it and
// returns the longer string; numbers are in network byte order unless the
// method's name starts with le.
type wire []byte

func (w wire) u8(v ...byte) wire { return append(w, v...) }

func (w wire) u16(v ...uint16) wire {
	for _, n := range v {
		w = binary.BigEndian.AppendUint16(w, n)
	}
	return w
}

func (w wire) u24(v int) wire { return append(w, byte(v>>16), byte(v>>8), byte(v)) }

func (w wire) u32(v ...uint32) wire {
	for _, n := range v {
		w = binary.BigEndian.AppendUint32(w, n)
	}
	return w
}

func (w wire) u64(v uint64) wire { return binary.BigEndian.AppendUint64(w, v) }

func (w wire) le16(v ...uint16) wire {
	for _, n := range v {
		w = binary.LittleEndian.AppendUint16(w, n)
	}
	return w
}

func (w wire) le32(v ...uint32) wire {
	for _, n := range v {
		w = binary.LittleEndian.AppendUint32(w, n)
	}
	return w
}

func (w wire) le64(v uint64) wire { return binary.LittleEndian.AppendUint64(w, v) }

func (w wire) raw(b []byte) wire { return append(w, b...) }

func (w wire) str(s string) wire { return append(w, s...) }

func (w wire) zero(n int) wire { return append(w, make([]byte, n)...) }

// len8, len16 and len24 append b after its length.
func (w wire) len8(b []byte) wire  { return w.u8(byte(len(b))).raw(b) }
func (w wire) len16(b []byte) wire { return w.u16(uint16(len(b))).raw(b) }
func (w wire) len24(b []byte) wire { return w.u24(len(b)).raw(b) }

// align appends zeros up to a multiple of n bytes.
func (w wire) align(n int) wire { return w.zero((n - len(w)%n) % n) }

// utf16 appends s, which must be ASCII, in little-endian UTF-16.
func (w wire) utf16(s string) wire {
	for i := range len(s) {
		w = append(w, s[i], 0)
	}
	return w
}
