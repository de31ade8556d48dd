package traffic

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/hex"
)

// quicVersion is what differs between QUIC versions before the handshake has
// keys (RFC 9001 section 5.2, RFC 9369 section 3).
type quicVersion struct {
	number             uint32
	salt               string // hexadecimal
	label              string // prefix of the labels of derived keys
	initial, handshake byte   // long header types, in place
}

var quicV1 = quicVersion{
	number: 1, salt: "38762cf7f55934b34d179ae6a4c80cadccbb7f0a", label: "quic ",
	initial: 0x00, handshake: 0x20,
}

var quicV2 = quicVersion{
	number: 0x6b3343cf, salt: "0dede3def700a6db819381be6e269dcbf9bd2ed9", label: "quicv2 ",
	initial: 0x10, handshake: 0x30,
}

// Type, key and nonce of Retry packets of version 1 (RFC 9001 section 5.8).
const (
	quicRetryType  = 0x30
	quicRetryKey   = "be0c690b9f66575a1d766b54e368c84e"
	quicRetryNonce = "461599d35d632bf2239825bb"
)

// unhex decodes a constant of this file.
func unhex(s string) []byte {
	b, _ := hex.DecodeString(s)
	return b
}

// quicKeys protect the packets of one direction.
type quicKeys struct{ key, iv, hp []byte }

// initialKeys derives the keys of Initial packets from the connection ID that
// the client chose for the server.
func (v quicVersion) initialKeys(dcid []byte, up bool) quicKeys {
	side := "server in"
	if up {
		side = "client in"
	}
	secret, _ := hkdf.Extract(sha256.New, dcid, unhex(v.salt))
	secret = expandLabel(secret, side, 32)
	return quicKeys{
		key: expandLabel(secret, v.label+"key", 16),
		iv:  expandLabel(secret, v.label+"iv", 12),
		hp:  expandLabel(secret, v.label+"hp", 16),
	}
}

// expandLabel is HKDF-Expand-Label of RFC 8446 section 7.1 without context; it
// fails only for lengths that nobody asks for here.
func expandLabel(secret []byte, label string, n int) []byte {
	info := wire{}.u16(uint16(n)).len8([]byte("tls13 " + label)).u8(0)
	out, _ := hkdf.Expand(sha256.New, secret, string(info), n)
	return out
}

// aesBlock and gcm make ciphers of keys of the right length, which cannot fail.
func aesBlock(key []byte) cipher.Block {
	b, _ := aes.NewCipher(key)
	return b
}

func gcm(key []byte) cipher.AEAD {
	a, _ := cipher.NewGCM(aesBlock(key))
	return a
}

// protect encrypts the frames of a packet whose header ends with a packet
// number of two bytes, then masks the header (RFC 9001 section 5).
func (k quicKeys) protect(header wire, number uint16, frames []byte) wire {
	nonce := append([]byte(nil), k.iv...)
	nonce[10] ^= byte(number >> 8)
	nonce[11] ^= byte(number)
	packet := wire(gcm(k.key).Seal(append(wire(nil), header...), nonce, frames, header))
	at := len(header) - 2
	mask := make([]byte, 16)
	aesBlock(k.hp).Encrypt(mask, packet[at+4:at+20])
	packet[0] ^= mask[0] & 0x0f
	packet[at] ^= mask[1]
	packet[at+1] ^= mask[2]
	return packet
}

// retryTag authenticates a Retry packet of version 1.
func retryTag(originalDCID, packet []byte) []byte {
	pseudo := wire{}.len8(originalDCID).raw(packet)
	return gcm(unhex(quicRetryKey)).Seal(nil, unhex(quicRetryNonce), nil, pseudo)
}
