// Package certs makes an authority and the certificates of controller, agents and clients, as
// `loadctl certs` does: ECDSA P-256, each with its role as a URI (docs/operations/controller.md).
package certs

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"net/url"
	"time"
)

// Role of a certificate: what its owner may do.
type Role string

// The roles.
const (
	Controller Role = "controller"
	Agent      Role = "agent"
	Client     Role = "client"
)

// Clocks of machines differ a little.
const headStart = 5 * time.Minute

// Authority signs certificates.
type Authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

// Pair is a certificate and its key, as PEM.
type Pair struct{ Certificate, Key []byte }

// NewAuthority makes one.
func NewAuthority(name string, valid time.Duration) (*Authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template, err := template(name, valid)
	if err != nil {
		return nil, err
	}
	template.IsCA, template.BasicConstraintsValid, template.MaxPathLenZero = true, true, true
	template.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageCRLSign
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, err
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	return &Authority{certificate, key}, nil
}

// ReadAuthority reads what PEM() wrote.
func ReadAuthority(pair Pair) (*Authority, error) {
	certificate, err := Parse(pair.Certificate)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(pair.Key)
	if block == nil {
		return nil, errors.New("the authority's key is no PEM")
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, err
	}
	ours, ok := key.(*ecdsa.PrivateKey)
	if !ok || !ours.PublicKey.Equal(certificate.PublicKey) {
		return nil, errors.New("the authority's key is not that of its certificate")
	}
	return &Authority{certificate, ours}, nil
}

// PEM of the authority.
func (a *Authority) PEM() (Pair, error) { return toPEM(a.certificate.Raw, a.key) }

// Certificate of the authority, for whoever is to trust it.
func (a *Authority) Certificate() []byte { return block("CERTIFICATE", a.certificate.Raw) }

// NotAfter is when it ends.
func (a *Authority) NotAfter() time.Time { return a.certificate.NotAfter }

// Issue makes a certificate. A controller's has the names and addresses by which it is dialled; a client's
// lets its owner run tests, follow and list them.
func (a *Authority) Issue(role Role, name string, hosts []string, valid time.Duration) (Pair, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return Pair{}, err
	}
	template, err := template(name, valid)
	if err != nil {
		return Pair{}, err
	}
	template.BasicConstraintsValid = true
	template.KeyUsage = x509.KeyUsageDigitalSignature
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	uris := []string{"loadctl:role:" + string(role)}
	switch role {
	case Controller:
		template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
		for _, host := range hosts {
			if address := net.ParseIP(host); address != nil {
				template.IPAddresses = append(template.IPAddresses, address)
			} else {
				template.DNSNames = append(template.DNSNames, host)
			}
		}
	case Client:
		uris = append(uris, "loadctl:right:run", "loadctl:right:watch")
	case Agent:
	default:
		return Pair{}, fmt.Errorf("%q is no role", role)
	}
	for _, text := range uris {
		uri, err := url.Parse(text)
		if err != nil {
			return Pair{}, err
		}
		template.URIs = append(template.URIs, uri)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.certificate, key.Public(), a.key)
	if err != nil {
		return Pair{}, err
	}
	return toPEM(der, key)
}

// Parse reads the first certificate of a PEM text.
func Parse(text []byte) (*x509.Certificate, error) {
	block, _ := pem.Decode(text)
	if block == nil || block.Type != "CERTIFICATE" {
		return nil, errors.New("no certificate in PEM")
	}
	return x509.ParseCertificate(block.Bytes)
}

func template(name string, valid time.Duration) (*x509.Certificate, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return nil, err
	}
	now := time.Now()
	return &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{Organization: []string{"loadctl"}, CommonName: name},
		NotBefore:    now.Add(-headStart),
		NotAfter:     now.Add(valid),
	}, nil
}

func toPEM(der []byte, key *ecdsa.PrivateKey) (Pair, error) {
	bytes, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return Pair{}, err
	}
	return Pair{block("CERTIFICATE", der), block("PRIVATE KEY", bytes)}, nil
}

func block(kind string, bytes []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: bytes})
}
