package output

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
)

// TLSOptions are how a channel encrypts, and whom it trusts. Files are PEM.
type TLSOptions struct {
	Enable   bool
	CAFile   string // of the certificates to trust; "": those of the system
	CertFile string // of our own certificate; "": none
	KeyFile  string // of its key
}

// config reads the files; it returns nil where nothing is to be encrypted.
func (o *TLSOptions) config() (*tls.Config, error) {
	if !o.Enable {
		return nil, nil
	}
	c := &tls.Config{MinVersion: tls.VersionTLS12}
	if o.CAFile != "" {
		pem, err := os.ReadFile(o.CAFile)
		if err != nil {
			return nil, fmt.Errorf("ca-file: %w", err)
		}
		c.RootCAs = x509.NewCertPool()
		if !c.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("ca-file %s: has no certificate (it must be PEM)", o.CAFile)
		}
	}
	if o.CertFile != "" {
		pair, err := tls.LoadX509KeyPair(o.CertFile, o.KeyFile)
		if err != nil {
			return nil, fmt.Errorf("cert-file and key-file: %w", err)
		}
		c.Certificates = []tls.Certificate{pair}
	}
	return c, nil
}
