package output

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// authority is a certificate for 127.0.0.1 that is its own authority.
type authority struct {
	file, key string      // PEM
	server    *tls.Config // of who has it
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	noError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	noError(t, err)
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	noError(t, err)
	a := &authority{file: filepath.Join(t.TempDir(), "ca.pem"), key: filepath.Join(t.TempDir(), "key.pem")}
	noError(t, os.WriteFile(a.file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o644))
	noError(t, os.WriteFile(a.key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER}), 0o644))
	pair, err := tls.LoadX509KeyPair(a.file, a.key)
	noError(t, err)
	a.server = &tls.Config{Certificates: []tls.Certificate{pair}}
	return a
}

func TestTLSOptions(t *testing.T) {
	a := newAuthority(t)
	for want, o := range map[string]TLSOptions{
		"":                           {Enable: true, CAFile: a.file, CertFile: a.file, KeyFile: a.key},
		"ca-file: open /none":        {Enable: true, CAFile: "/none"},
		"has no certificate":         {Enable: true, CAFile: a.key},
		"cert-file and key-file":     {Enable: true, CertFile: a.file, KeyFile: "/none"},
		"cert-file and key-file: op": {Enable: true, CertFile: "/none", KeyFile: a.key},
	} {
		c, err := o.config()
		if want == "" && (err != nil || len(c.Certificates) != 1 || c.RootCAs == nil) {
			t.Errorf("%+v: %v", o, err)
		}
		if want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%+v: %v, want %s", o, err, want)
		}
	}
	if c, err := (&TLSOptions{CAFile: "/none"}).config(); c != nil || err != nil {
		t.Errorf("without TLS: %v %v", c, err)
	}
}
