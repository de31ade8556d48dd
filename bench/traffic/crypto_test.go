package traffic

import (
	"bytes"
	"crypto/ed25519"
	stdtls "crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"net"
	"slices"
	"testing"
	"time"
)

func TestCertificates(t *testing.T) {
	g := newGen(1, "cert", 0)
	ca, err := x509.ParseCertificate(rootCA().der)
	if err != nil {
		t.Fatal(err)
	}
	for _, host := range append([]string{"smtp.gmail.com"}, sites...) {
		leaf, err := x509.ParseCertificate(g.identity(host).der)
		if err != nil {
			t.Fatalf("%s: %v", host, err)
		}
		roots := x509.NewCertPool()
		roots.AddCert(ca)
		if _, err := leaf.Verify(x509.VerifyOptions{DNSName: host, Roots: roots, CurrentTime: time.Unix(0, epoch)}); err != nil {
			t.Errorf("%s: %v", host, err)
		}
	}
}

func TestServerKeySignature(t *testing.T) {
	g := newGen(1, "key", 0)
	h := clientHello{name: "github.com", version: tls12}
	client, server := h.build(g), g.serverHello12(h, nil)
	message := g.serverKey(h, client, server)
	const params = 4 + 32
	signed := slices.Concat(client[6:38], server[6:38], message[4:4+params])
	key := g.identity(h.name).key.Public().(ed25519.PublicKey)
	if !ed25519.Verify(key, signed, message[4+params+4:]) {
		t.Error("the signature of the key exchange does not hold")
	}
}

var errSeen = errors.New("hello seen")

// readHello has the standard library read a ClientHello.
func readHello(t *testing.T, stream []byte) *stdtls.ClientHelloInfo {
	t.Helper()
	client, server := net.Pipe()
	go func() {
		client.Write(stream)
		client.Read(make([]byte, 100))
		client.Close()
	}()
	var hello *stdtls.ClientHelloInfo
	config := &stdtls.Config{GetConfigForClient: func(h *stdtls.ClientHelloInfo) (*stdtls.Config, error) {
		hello = h
		return nil, errSeen
	}}
	if err := stdtls.Server(server, config).Handshake(); !errors.Is(err, errSeen) {
		t.Fatalf("the hello is refused: %v", err)
	}
	return hello
}

func TestClientHello(t *testing.T) {
	g := newGen(1, "hello", 0)
	for _, h := range []clientHello{
		{name: "github.com", alpn: alpnHTTP2},
		{name: "github.com", alpn: alpnHTTP1, version: tls12},
		{name: "github.com", hybrid: true, session: g.bytes(32)},
		{version: tls10, session: g.bytes(32)},
	} {
		got := readHello(t, record(recordHandshake, tls10, h.build(g)))
		if got.ServerName != h.name || !slices.Equal(got.SupportedProtos, h.alpn) || !slices.Contains(got.SupportedVersions, h.top()) {
			t.Errorf("%+v is read as name %q, protocols %v, versions %x", h, got.ServerName, got.SupportedProtos, got.SupportedVersions)
		}
	}
}

// TestInitialKeys holds the vectors of RFC 9001 appendix A.1.
func TestInitialKeys(t *testing.T) {
	id := fromHex(t, "8394c8f03e515708")
	for _, c := range []struct {
		up          bool
		key, iv, hp string
	}{
		{true, "1f369613dd76d5467730efcbe3b1a22d", "fa044b2f42a3fd3b46fb255c", "9f50449e04a0e810283a1e9933adedd2"},
		{false, "cf3a5331653c364c88f0f379b6067e37", "0ac1493ca1905853b0bba03e", "c206b8d9b9f0f37644430b490eeaa314"},
	} {
		k := quicV1.initialKeys(id, c.up)
		for _, pair := range [][2]string{{hex.EncodeToString(k.key), c.key}, {hex.EncodeToString(k.iv), c.iv}, {hex.EncodeToString(k.hp), c.hp}} {
			if pair[0] != pair[1] {
				t.Errorf("client %v: %s, want %s", c.up, pair[0], pair[1])
			}
		}
	}
}

// TestInitialKeysV2 holds the vectors of RFC 9369 appendix A.1.
func TestInitialKeysV2(t *testing.T) {
	k := quicV2.initialKeys(fromHex(t, "8394c8f03e515708"), true)
	if got, want := hex.EncodeToString(k.key), "8b1a0bc121284290a29e0971b5cd045d"; got != want {
		t.Errorf("key %s, want %s", got, want)
	}
}

// TestServerInitial protects the server's packet of RFC 9001 appendix A.3.
func TestServerInitial(t *testing.T) {
	header := fromHex(t, "c1000000010008f067a5502a4262b50040750001")
	frames := fromHex(t, "02000000000600405a020000560303eefce7f7b37ba1d1632e96677825ddf73988cfc79825df566dc5430b9a045a12"+
		"00130100002e00330024001d00209d3c940d89690b84d08a60993c144eca684d1081287c834d5311bcf32bb9da1a002b00020304")
	got := quicV1.initialKeys(fromHex(t, "8394c8f03e515708"), false).protect(header, 1, frames)
	want := fromHex(t, "cf000000010008f067a5502a4262b5004075c0d95a482cd0991cd25b0aac406a5816b6394100f37a1c69797554780bb3"+
		"8cc5a99f5ede4cf73c3ec2493a1839b3dbcba3f6ea46c5b7684df3548e7ddeb9c3bf9c73cc3f3bded74b562bfb19fb84022f8ef4cdd9"+
		"3795d77d06edbb7aaf2f58891850abbdca3d20398c276456cbc42158407dd074ee")
	if !bytes.Equal(got, want) {
		t.Errorf("%x, want %x", got, want)
	}
}

// TestRetryTag holds the packet of RFC 9001 appendix A.4.
func TestRetryTag(t *testing.T) {
	got := retryTag(fromHex(t, "8394c8f03e515708"), fromHex(t, "ff000000010008f067a5502a4262b5746f6b656e"))
	if want := "04a265ba2eff4d829058fb3f0f2496ba"; hex.EncodeToString(got) != want {
		t.Errorf("%x, want %s", got, want)
	}
}
