package traffic

import (
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"strings"
	"sync"
	"time"
)

// identity is the key of a certificate's subject, and the certificate in DER.
type identity struct {
	key ed25519.PrivateKey
	der []byte
}

const authority = "Example Root CA"

// rootCA signs all certificates and itself.
var rootCA = sync.OnceValue(func() identity {
	id := identity{key: keyOf(authority)}
	id.der = sign(template(authority), id.key, id.key)
	return id
})

// keyOf makes a key out of its owner's name.
func keyOf(name string) ed25519.PrivateKey {
	seed := sha256.Sum256([]byte(name))
	return ed25519.NewKeyFromSeed(seed[:])
}

// sign issues a certificate. Ed25519 signatures need no chance, so the bytes
// are the same every time; signing fails for keys of unknown kinds only.
func sign(t *x509.Certificate, key, issuer ed25519.PrivateKey) []byte {
	der, _ := x509.CreateCertificate(nil, t, template(authority), key.Public(), issuer)
	return der
}

// identity returns the certificate of a host and its key, made once.
func (g *Gen) identity(host string) identity {
	if id, ok := g.identities[host]; ok {
		return id
	}
	id := identity{key: keyOf(host)}
	id.der = sign(template(host), id.key, rootCA().key)
	if g.identities == nil {
		g.identities = map[string]identity{}
	}
	g.identities[host] = id
	return id
}

// chain is the certificate list of a server (RFC 5246 section 7.4.2).
func (g *Gen) chain(host string) wire {
	return wire{}.len24(wire{}.len24(g.identity(host).der).len24(rootCA().der))
}

// template is what a certificate of that name says.
func template(name string) *x509.Certificate {
	digest := sha256.Sum256([]byte(name))
	t := &x509.Certificate{
		SerialNumber:          new(big.Int).SetBytes(digest[:15]),
		Subject:               pkix.Name{Country: []string{"FR"}, Organization: []string{"Example"}, CommonName: name},
		NotBefore:             time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC),
		NotAfter:              time.Date(2034, 1, 1, 0, 0, 0, 0, time.UTC),
		KeyUsage:              x509.KeyUsageDigitalSignature,
		BasicConstraintsValid: true,
		IsCA:                  name == authority,
		SubjectKeyId:          digest[:20],
	}
	if t.IsCA {
		t.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageCRLSign
		return t
	}
	t.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	t.DNSNames = []string{name, "*." + domain(name), domain(name)}
	t.OCSPServer = []string{"http://ocsp.example.net/"}
	t.CRLDistributionPoints = []string{"http://crl.example.net/root.crl"}
	return t
}

// domain is the last two labels of a host name.
func domain(host string) string {
	labels := strings.Split(host, ".")
	return strings.Join(labels[max(0, len(labels)-2):], ".")
}
