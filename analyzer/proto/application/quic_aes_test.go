package application

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"math/rand/v2"
	"testing"
)

func random(rng *rand.Rand, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(rng.Uint32())
	}
	return b
}

// TestAESAgainstStandardLibrary seals with the standard library and opens with
// the primitives of this package.
func TestAESAgainstStandardLibrary(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for n := range 200 {
		key, nonce := random(rng, 16), random(rng, 12)
		additional, plain := random(rng, n%50), random(rng, n*7)
		block, err := aes.NewCipher(key)
		if err != nil {
			t.Fatal(err)
		}
		var k aes128
		k.expand((*[16]byte)(key))
		in, got, want := random(rng, 16), [16]byte{}, [16]byte{}
		block.Encrypt(want[:], in)
		if k.encrypt(&got, (*[16]byte)(in)); got != want {
			t.Fatalf("block %x, want %x", got, want)
		}
		aead, err := cipher.NewGCM(block)
		if err != nil {
			t.Fatal(err)
		}
		sealed := aead.Seal(nil, nonce, plain, additional)
		opened, ok := gcmDecrypt(&k, (*[12]byte)(nonce), make([]byte, len(plain)), sealed, len(plain))
		if !ok || !bytes.Equal(opened, plain) {
			t.Fatalf("%d bytes do not open", len(plain))
		}
		part, ok := gcmDecrypt(&k, (*[12]byte)(nonce), make([]byte, len(plain)), sealed, len(plain)/2)
		if !ok || !bytes.Equal(part, plain[:len(plain)/2]) {
			t.Fatalf("the first half of %d bytes does not open", len(plain))
		}
	}
}

func TestHMACAgainstStandardLibrary(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for n := range maxHMAC + 1 {
		key, message := random(rng, n), random(rng, maxHMAC-n)
		h := hmac.New(sha256.New, key)
		h.Write(message)
		if got := hmacSHA256(key, message); !bytes.Equal(got[:], h.Sum(nil)) {
			t.Fatalf("key of %d bytes: %x", n, got)
		}
	}
}

func TestQUICKeysDoNotAllocate(t *testing.T) {
	dcid := []byte("\x83\x94\xc8\xf0\x3e\x51\x57\x08")
	var keys quicKeys
	if n := testing.AllocsPerRun(100, func() { keys.derive(quicV1, dcid) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
	// RFC 9001 appendix A.1.
	if want := []byte("\xfa\x04\x4b\x2f\x42\xa3\xfd\x3b\x46\xfb\x25\x5c"); !bytes.Equal(keys.iv[:], want) {
		t.Errorf("iv %x, want %x", keys.iv, want)
	}
}
