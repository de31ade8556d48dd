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

// authorityName is a name in its certificate.
const authorityName = "reports.test"

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
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, DNSNames: []string{authorityName},
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

// mutual is the server that wants to see the same certificate.
func (a *authority) mutual() *tls.Config {
	c := a.server.Clone()
	c.ClientAuth, c.ClientCAs = tls.RequireAndVerifyClientCert, x509.NewCertPool()
	c.ClientCAs.AddCert(c.Certificates[0].Leaf)
	return c
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

// checkTLS sends over a channel that encrypts, as made for the options of a run:
// nothing comes to a server whose certificate is not trusted or has another name,
// nor without our own certificate if the server asks for it.
func checkTLS(t *testing.T, a *authority, make func(TLSOptions) Remote, came func() int) {
	t.Helper()
	other := newAuthority(t)
	for what, o := range map[string]TLSOptions{
		"another authority":  {Enable: true, CAFile: other.file, CertFile: a.file, KeyFile: a.key},
		"another name":       {Enable: true, CAFile: a.file, CertFile: a.file, KeyFile: a.key, ServerName: "other"},
		"no own certificate": {Enable: true, CAFile: a.file},
		"no encryption":      {},
		"no such file":       {Enable: true, CAFile: "/none"},
	} {
		q, log := startQueue(t, make(o), QueueOptions{SendTimeout: 2 * time.Second})
		putLines(q, 0, 10)
		eventually(t, what, func() bool { return log.count("does not take") == 1 })
		if err := q.Close(time.Millisecond); err == nil {
			t.Errorf("%s: no error", what)
		}
		checkQueue(t, q, 0, 0, Losses{LostAtEnd: 10})
	}
	if n := came(); n != 0 {
		t.Errorf("%d lines came", n)
	}
	o := TLSOptions{Enable: true, CAFile: a.file, CertFile: a.file, KeyFile: a.key, ServerName: authorityName}
	q, _ := startQueue(t, make(o), QueueOptions{})
	putLines(q, 0, 1000)
	noError(t, q.Close(longTime))
	checkQueue(t, q, 1000, 0, Losses{})
	eventually(t, "all lines", func() bool { return came() == 1000 })
}

// TestSocketTLS has a server of this process; TestRedisTLS a real one.
func TestSocketTLS(t *testing.T) {
	a := newAuthority(t)
	config := a.mutual()
	config.MaxVersion = tls.VersionTLS12 // a refusal that comes before the first line, however slow this machine is
	l, err := tls.Listen("tcp", "127.0.0.1:0", config)
	noError(t, err)
	server := serveLines(l)
	checkTLS(t, a, func(o TLSOptions) Remote {
		if !o.Enable {
			return &fakeRemote{down: true} // in a stream anybody may say anything
		}
		return NewTLSSocket(l.Addr().String(), o)
	}, server.count)
	checkLines(t, server.kill(), 1000)

	l, err = tls.Listen("tcp", "127.0.0.1:0", a.server)
	noError(t, err)
	server = serveLines(l)
	q, _ := startQueue(t, NewTLSSocket(l.Addr().String(), TLSOptions{Enable: true, CAFile: a.file}), QueueOptions{BatchLines: 10})
	putLines(q, 0, 1000)
	noError(t, q.Close(longTime))
	checkQueue(t, q, 1000, 0, Losses{})
	eventually(t, "all lines", func() bool { return server.count() == 1000 })
	checkLines(t, server.kill(), 1000)
}
