package certs

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestWhatAnAuthorityIssuesIsTrustedByItAlone(t *testing.T) {
	authority, err := NewAuthority("ours", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	pair, err := authority.Issue(Controller, "ctl", []string{"ctl.example", "10.1.2.3"}, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := Parse(pair.Certificate)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(authority.Certificate())
	for _, host := range []string{"ctl.example", "10.1.2.3"} {
		if _, err := certificate.Verify(x509.VerifyOptions{Roots: roots, DNSName: host}); err != nil {
			t.Errorf("%s: %v", host, err)
		}
	}
	if _, err := certificate.Verify(x509.VerifyOptions{Roots: roots, DNSName: "other.example"}); err == nil {
		t.Error("it is good for another name")
	}
	if len(certificate.URIs) != 1 || certificate.URIs[0].String() != "loadctl:role:controller" {
		t.Errorf("URIs are %v", certificate.URIs)
	}
	if _, err := tls.X509KeyPair(pair.Certificate, pair.Key); err != nil {
		t.Error(err)
	}
	other, err := NewAuthority("theirs", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	foreign := x509.NewCertPool()
	foreign.AppendCertsFromPEM(other.Certificate())
	if _, err := certificate.Verify(x509.VerifyOptions{Roots: foreign}); err == nil {
		t.Error("another authority's programs trust it")
	}
	if _, err := authority.Issue("admin", "x", nil, time.Hour); err == nil {
		t.Error("an unknown role is issued")
	}
}

func TestAnAuthorityIsReadAsItWasWritten(t *testing.T) {
	authority, err := NewAuthority("ours", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	pair, err := authority.PEM()
	if err != nil {
		t.Fatal(err)
	}
	again, err := ReadAuthority(pair)
	if err != nil {
		t.Fatal(err)
	}
	if string(again.Certificate()) != string(authority.Certificate()) {
		t.Error("it is another")
	}
	other, _ := NewAuthority("theirs", time.Hour)
	otherPair, _ := other.PEM()
	for name, bad := range map[string]Pair{"empty": {}, "no PEM": {[]byte("x"), []byte("y")}, "another's key": {pair.Certificate, otherPair.Key}} {
		if _, err := ReadAuthority(bad); err == nil {
			t.Errorf("%s: it is taken", name)
		}
	}
}

// Programs of the other language: LOADCTL is the loadctl that is built; without it they are not asked.
func TestLoadctlTrustsThem(t *testing.T) {
	loadctl := os.Getenv("LOADCTL")
	if loadctl == "" {
		t.Skip("LOADCTL names no program")
	}
	folder := t.TempDir()
	authority, err := NewAuthority("ours", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	put := func(name string, text []byte) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	ca := put("ca.crt", authority.Certificate())
	flags := func(role Role, hosts ...string) []string {
		pair, err := authority.Issue(role, "loadctl "+string(role), hosts, time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		return []string{"--tls-ca", ca, "--tls-cert", put(string(role)+".crt", pair.Certificate), "--tls-key", put(string(role)+".key", pair.Key)}
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	listener.Close()
	start := func(program string, arguments ...string) {
		command := exec.Command(program, arguments...)
		command.Stderr = os.Stderr
		if err := command.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = command.Process.Kill(); _ = command.Wait() })
	}
	start(loadctl, append([]string{"controller", "--listen", address, "--wait-for-agents", "30s"}, flags(Controller, "127.0.0.1")...)...)
	start(filepath.Join(filepath.Dir(loadctl), "loadctl-agent"), append([]string{"--controller", address}, flags(Agent)...)...)
	script := put("test.js", []byte("export default function () {}"))
	client := flags(Client)
	var out []byte
	for range 50 {
		out, err = exec.Command(loadctl, append([]string{"run", "-q", "--controller", address, script}, client...)...).CombinedOutput()
		if err == nil || !strings.Contains(string(out), "refused") {
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}
