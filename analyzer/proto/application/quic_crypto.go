package application

import (
	"crypto/sha256"
	"encoding/binary"
)

// quicSalts are the salts of the keys of Initial packets (RFC 9001 section 5.2,
// RFC 9369 section 3.3.1, the drafts of RFC 9001, and the sources of gQUIC).
var quicSalts = struct{ draft22, draft23, draft29, v1, v2Draft, v2, q050, t050, t051 []byte }{
	draft22: []byte("\x7f\xbc\xdb\x0e\x7c\x66\xbb\xe9\x19\x3a\x96\xcd\x21\x51\x9e\xbd\x7a\x02\x64\x4a"),
	draft23: []byte("\xc3\xee\xf7\x12\xc7\x2e\xbb\x5a\x11\xa7\xd2\x43\x2b\xb4\x63\x65\xbe\xf9\xf5\x02"),
	draft29: []byte("\xaf\xbf\xec\x28\x99\x93\xd2\x4c\x9e\x97\x86\xf1\x9c\x61\x11\xe0\x43\x90\xa8\x99"),
	v1:      []byte("\x38\x76\x2c\xf7\xf5\x59\x34\xb3\x4d\x17\x9a\xe6\xa4\xc8\x0c\xad\xcc\xbb\x7f\x0a"),
	v2Draft: []byte("\xa7\x07\xc2\x03\xa5\x9b\x47\x18\x4a\x1d\x62\xca\x57\x04\x06\xea\x7a\xe3\xe5\xd3"),
	v2:      []byte("\x0d\xed\xe3\xde\xf7\x00\xa6\xdb\x81\x93\x81\xbe\x6e\x26\x9d\xcb\xf9\xbd\x2e\xd9"),
	q050:    []byte("\x50\x45\x74\xef\xd0\x66\xfe\x2f\x9d\x94\x5c\xfc\xdb\xd3\xa7\xf0\xd3\xb5\x6b\x45"),
	t050:    []byte("\x7f\xf5\x79\xe5\xac\xd0\x72\x91\x55\x80\x30\x4c\x43\xa2\x36\x7c\x60\x48\x83\x10"),
	t051:    []byte("\x7a\x4e\xde\xf4\xe7\xcc\xee\x5f\xa4\x50\x6c\x19\x12\x4f\xc8\xcc\xda\x6e\x03\x3d"),
}

// quicSalt returns the salt of a version, nil if it is not known.
func quicSalt(version uint32) []byte {
	switch version {
	case quicV2:
		return quicSalts.v2
	case quicV2Draft, quicV2Draft00:
		return quicSalts.v2Draft
	case quicQ050:
		return quicSalts.q050
	case quicT050:
		return quicSalts.t050
	case quicT051:
		return quicSalts.t051
	}
	switch draft := quicDraft(version); {
	case draft < 21:
		return nil
	case draft <= 22:
		return quicSalts.draft22
	case draft <= 28:
		return quicSalts.draft23
	case draft <= 32:
		return quicSalts.draft29
	}
	return quicSalts.v1
}

// quicGuesses are the versions whose keys a client may use with a version that
// is there only to be refused.
var quicGuesses = [...]uint32{quicV1, 0xff00001d, 0xff00001b}

// quicDecrypt decrypts the Initial packet of a client at the beginning of d,
// whose first connection ID for the server was dcid: the first most bytes of its
// payload, or all if there are fewer.
func quicDecrypt(buf, d []byte, h *quicHeader, dcid []byte, most int) (plain []byte, ok bool) {
	var keys quicKeys
	if !isQUICGrease(h.version) {
		if !keys.derive(h.version, dcid) {
			return nil, false
		}
		return keys.open(buf, d, h, most)
	}
	for _, version := range quicGuesses {
		if keys.derive(version, dcid) {
			if plain, ok = keys.open(buf, d, h, most); ok {
				return plain, true
			}
		}
	}
	return nil, false
}

// quicKeys protect the Initial packets of a client.
type quicKeys struct {
	payload, header aes128
	iv              [12]byte
}

// Labels of the keys, RFC 9001 section 5.1 and RFC 9369 section 3.3.2.
const (
	labelClient = "tls13 client in"
	labelIV     = "tls13 quic iv"
	labelHP     = "tls13 quic hp"
	labelKey    = "tls13 quic key"
	labelIV2    = "tls13 quicv2 iv"
	labelHP2    = "tls13 quicv2 hp"
	labelKey2   = "tls13 quicv2 key"
)

// derive makes the keys that a client protects its Initial packets with from
// the first connection ID that it made for the server, RFC 9001 section 5.2.
func (k *quicKeys) derive(version uint32, dcid []byte) bool {
	salt := quicSalt(version)
	if salt == nil || len(dcid) > maxHMAC {
		return false
	}
	iv, hp, key := labelIV, labelHP, labelKey
	if isQUIC2(version) {
		iv, hp, key = labelIV2, labelHP2, labelKey2
	}
	initial := hmacSHA256(salt, dcid)
	secret := expandLabel(&initial, labelClient, sha256.Size)
	material := expandLabel(&secret, iv, len(k.iv))
	copy(k.iv[:], material[:])
	material = expandLabel(&secret, hp, aesKeySize)
	k.header.expand((*[aesKeySize]byte)(material[:]))
	material = expandLabel(&secret, key, aesKeySize)
	k.payload.expand((*[aesKeySize]byte)(material[:]))
	return true
}

// aesKeySize is the length of a key and of a block of AES-128, bytes.
const aesKeySize = 16

// expandLabel is HKDF-Expand-Label with an empty context, RFC 8446 section 7.1,
// for at most 32 bytes: one block of HKDF-Expand, of which size bytes count.
func expandLabel(secret *[sha256.Size]byte, label string, size int) [sha256.Size]byte {
	var info [maxHMAC]byte
	info[1], info[2] = byte(size), byte(len(label))
	n := 3 + copy(info[3:], label)
	info[n+1] = 1 // after the empty context, the number of the block
	return hmacSHA256(secret[:], info[:n+2])
}

// open removes the protection of the Initial packet at the beginning of d (RFC
// 9001 section 5). buf holds the header and then the payload, which is returned.
// It fails when the payload is not frames: the keys were not those of the packet.
func (k *quicKeys) open(buf, d []byte, h *quicHeader, most int) ([]byte, bool) {
	sample := h.number + 4
	end := h.number + h.length
	if end > len(d) || sample+aesKeySize > end || h.number+4 > len(buf) {
		return nil, false
	}
	var mask [aesKeySize]byte
	k.header.encrypt(&mask, (*[aesKeySize]byte)(d[sample:]))
	first := h.first ^ mask[0]&0x0f
	size := int(first&3) + 1
	header := buf[:copy(buf, d[:h.number+size])]
	header[0] = first
	number := header[h.number:]
	for i := range number {
		number[i] ^= mask[1+i]
	}
	var counter [8]byte
	copy(counter[8-size:], number)
	nonce := k.iv
	binary.BigEndian.PutUint64(nonce[4:], binary.BigEndian.Uint64(nonce[4:])^binary.BigEndian.Uint64(counter[:]))
	plain, ok := gcmDecrypt(&k.payload, &nonce, buf[len(header):], d[h.number+size:end], most)
	return plain, ok && isInitialPayload(plain, isLateGQUIC(h.version), len(plain) == most)
}
