package application

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"math/bits"
)

// Initial packets of QUIC are protected with keys that everybody can derive.
// Opening them is nothing secret, but it is done for each new flow, and the
// standard library allocates for each key. This file has the few primitives in
// a form that does not; they need not resist timing attacks. Tests compare them
// with the standard library.

// aesTable combines SubBytes and MixColumns of one byte (FIPS 197 section 5.1);
// aesSBox is SubBytes alone.
var aesTable, aesSBox = makeAESTables()

// makeAESTables computes the tables from the definition of the S-box.
func makeAESTables() (table [256]uint32, sbox [256]byte) {
	// p runs through all non-zero elements as powers of 3, q through their
	// inverses.
	p, q := byte(1), byte(1)
	for {
		p ^= xtime(p)
		q ^= q << 1
		q ^= q << 2
		q ^= q << 4
		if q&0x80 != 0 {
			q ^= 0x09
		}
		sbox[p] = q ^ bits.RotateLeft8(q, 1) ^ bits.RotateLeft8(q, 2) ^ bits.RotateLeft8(q, 3) ^ bits.RotateLeft8(q, 4) ^ 0x63
		if p == 1 {
			break
		}
	}
	sbox[0] = 0x63
	for i, s := range sbox {
		two := xtime(s)
		table[i] = uint32(two)<<24 | uint32(s)<<16 | uint32(s)<<8 | uint32(two^s)
	}
	return table, sbox
}

// xtime multiplies by x in the field of AES.
func xtime(b byte) byte { return b<<1 ^ b>>7*0x1b }

// aes128 is an expanded key of AES-128.
type aes128 [44]uint32

// expand sets the key, FIPS 197 section 5.2.
func (k *aes128) expand(key *[16]byte) {
	for i := range 4 {
		k[i] = binary.BigEndian.Uint32(key[4*i:])
	}
	constant := byte(1)
	for i := 4; i < len(k); i++ {
		t := k[i-1]
		if i%4 == 0 {
			t = subWord(bits.RotateLeft32(t, 8)) ^ uint32(constant)<<24
			constant = xtime(constant)
		}
		k[i] = k[i-4] ^ t
	}
}

func subWord(w uint32) uint32 {
	return uint32(aesSBox[w>>24])<<24 | uint32(aesSBox[w>>16&255])<<16 | uint32(aesSBox[w>>8&255])<<8 | uint32(aesSBox[w&255])
}

// encrypt encrypts one block.
func (k *aes128) encrypt(dst, src *[16]byte) {
	var s, n [4]uint32
	for i := range s {
		s[i] = binary.BigEndian.Uint32(src[4*i:]) ^ k[i]
	}
	for round := 1; round < 10; round++ {
		for i := range n {
			n[i] = k[4*round+i] ^ aesTable[s[i]>>24] ^
				bits.RotateLeft32(aesTable[s[(i+1)&3]>>16&255], -8) ^
				bits.RotateLeft32(aesTable[s[(i+2)&3]>>8&255], -16) ^
				bits.RotateLeft32(aesTable[s[(i+3)&3]&255], -24)
		}
		s = n
	}
	for i := range s {
		w := s[i]&0xff000000 | s[(i+1)&3]&0xff0000 | s[(i+2)&3]&0xff00 | s[(i+3)&3]&0xff
		binary.BigEndian.PutUint32(dst[4*i:], subWord(w)^k[40+i])
	}
}

// gcmDecrypt decrypts sealed data of AES-128-GCM (NIST SP 800-38D section 7.2)
// into dst, which must be long enough. It does not look at the tag behind the
// data, which would take as long again: who reads the result checks its form.
func gcmDecrypt(k *aes128, nonce *[12]byte, dst, sealed []byte) ([]byte, bool) {
	n := len(sealed) - 16
	if n < 0 || n > len(dst) {
		return nil, false
	}
	var counter, stream [16]byte
	copy(counter[:], nonce[:])
	for at := 0; at < n; at += 16 {
		binary.BigEndian.PutUint32(counter[12:], uint32(at/16)+2)
		k.encrypt(&stream, &counter)
		subtle.XORBytes(dst[at:n], sealed[at:n], stream[:])
	}
	return dst[:n], true
}

// maxHMAC is the longest message and key of hmacSHA256, bytes.
const maxHMAC = 64

// hmacSHA256 is RFC 2104 with SHA-256, for keys and messages of at most
// maxHMAC bytes.
func hmacSHA256(key, message []byte) [sha256.Size]byte {
	var inner [sha256.BlockSize + maxHMAC]byte
	var outer [sha256.BlockSize + sha256.Size]byte
	for i := range sha256.BlockSize {
		var b byte
		if i < len(key) {
			b = key[i]
		}
		inner[i], outer[i] = b^0x36, b^0x5c
	}
	n := sha256.BlockSize + copy(inner[sha256.BlockSize:], message)
	sum := sha256.Sum256(inner[:n])
	copy(outer[sha256.BlockSize:], sum[:])
	return sha256.Sum256(outer[:])
}
