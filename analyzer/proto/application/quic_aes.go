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

// aesTables combine SubBytes and MixColumns for the four bytes of a column (FIPS
// 197 section 5.1); aesSBox is SubBytes alone.
var aesTables, aesSBox = makeAESTables()

// makeAESTables computes the tables from the definition of the S-box.
func makeAESTables() (tables [4][256]uint32, sbox [256]byte) {
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
		column := uint32(two)<<24 | uint32(s)<<16 | uint32(s)<<8 | uint32(two^s)
		for row := range tables {
			tables[row][i] = bits.RotateLeft32(column, -8*row)
		}
	}
	return tables, sbox
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

// subWord substitutes each byte.
func subWord(w uint32) uint32 {
	return lastRound(w, w, w, w)
}

// encrypt encrypts one block.
func (k *aes128) encrypt(dst, src *[16]byte) {
	t0, t1, t2, t3 := &aesTables[0], &aesTables[1], &aesTables[2], &aesTables[3]
	a := binary.BigEndian.Uint32(src[0:]) ^ k[0]
	b := binary.BigEndian.Uint32(src[4:]) ^ k[1]
	c := binary.BigEndian.Uint32(src[8:]) ^ k[2]
	d := binary.BigEndian.Uint32(src[12:]) ^ k[3]
	for i := 4; i < 40; i += 4 {
		w := (*[4]uint32)(k[i : i+4])
		a, b, c, d = w[0]^t0[byte(a>>24)]^t1[byte(b>>16)]^t2[byte(c>>8)]^t3[byte(d)],
			w[1]^t0[byte(b>>24)]^t1[byte(c>>16)]^t2[byte(d>>8)]^t3[byte(a)],
			w[2]^t0[byte(c>>24)]^t1[byte(d>>16)]^t2[byte(a>>8)]^t3[byte(b)],
			w[3]^t0[byte(d>>24)]^t1[byte(a>>16)]^t2[byte(b>>8)]^t3[byte(c)]
	}
	binary.BigEndian.PutUint32(dst[0:], lastRound(a, b, c, d)^k[40])
	binary.BigEndian.PutUint32(dst[4:], lastRound(b, c, d, a)^k[41])
	binary.BigEndian.PutUint32(dst[8:], lastRound(c, d, a, b)^k[42])
	binary.BigEndian.PutUint32(dst[12:], lastRound(d, a, b, c)^k[43])
}

// lastRound takes one byte of each column and substitutes it.
func lastRound(a, b, c, d uint32) uint32 {
	return uint32(aesSBox[byte(a>>24)])<<24 | uint32(aesSBox[byte(b>>16)])<<16 | uint32(aesSBox[byte(c>>8)])<<8 | uint32(aesSBox[byte(d)])
}

// gcmDecrypt decrypts sealed data of AES-128-GCM (NIST SP 800-38D section 7.2)
// into dst, which must be long enough: the first most bytes, or all if there are
// fewer. It does not look at the tag behind the data, which would take as long
// again: who reads the result checks its form.
func gcmDecrypt(k *aes128, nonce *[12]byte, dst, sealed []byte, most int) ([]byte, bool) {
	n := min(len(sealed)-16, most)
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
