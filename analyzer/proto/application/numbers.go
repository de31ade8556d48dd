package application

import "encoding/binary"

// The numbers at the beginning of d, in network byte order (be) and its
// opposite (le). The caller has checked that d is long enough.

func be16(d []byte) int    { return int(binary.BigEndian.Uint16(d)) }
func be32(d []byte) uint32 { return binary.BigEndian.Uint32(d) }
func be64(d []byte) uint64 { return binary.BigEndian.Uint64(d) }
func le16(d []byte) int    { return int(binary.LittleEndian.Uint16(d)) }
func le32(d []byte) uint32 { return binary.LittleEndian.Uint32(d) }
func le64(d []byte) uint64 { return binary.LittleEndian.Uint64(d) }

// isZero tells whether d holds nothing but zeros.
func isZero(d []byte) bool {
	for _, c := range d {
		if c != 0 {
			return false
		}
	}
	return true
}

// trimZeros takes off the zeros at the end of d.
func trimZeros(d []byte) []byte {
	for len(d) > 0 && d[len(d)-1] == 0 {
		d = d[:len(d)-1]
	}
	return d
}
