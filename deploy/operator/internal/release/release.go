// Package release keeps the certificates of a release of the Helm chart in Secrets: an authority that only
// its job reads, and for controller, agents and clients one each with tls.crt, tls.key and ca.crt.
package release

import (
	"bytes"
	"context"
	"crypto/x509"
	"fmt"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"loadctl.dev/operator/internal/certs"
)

// Wanted is what a release wants.
type Wanted struct {
	Namespace, Name string
	Days            int
	Hosts           []string
}

const (
	day           = 24 * time.Hour
	authorityDays = 3650
)

var roles = []certs.Role{certs.Controller, certs.Agent, certs.Client}

func (w Wanted) secret(part string) client.ObjectKey {
	return client.ObjectKey{Namespace: w.Namespace, Name: w.Name + "-" + part}
}

// Make makes what is missing, and anew what ends soon, has other names, or is of another authority.
func Make(ctx context.Context, there client.Client, wanted Wanted, say func(string)) error {
	authority, err := readAuthority(ctx, there, wanted, say)
	if err != nil {
		return err
	}
	valid := time.Duration(wanted.Days) * day
	for _, role := range roles {
		key := wanted.secret(string(role) + "-tls")
		var secret corev1.Secret
		err := there.Get(ctx, key, &secret)
		if client.IgnoreNotFound(err) != nil {
			return err
		}
		hosts := []string(nil)
		if role == certs.Controller {
			hosts = wanted.Hosts
		}
		why := whyAnew(secret.Data, authority, hosts, valid)
		if why == "" {
			continue
		}
		pair, err := authority.Issue(role, wanted.Name+"-"+string(role), hosts, valid)
		if err != nil {
			return err
		}
		data := map[string][]byte{"tls.crt": pair.Certificate, "tls.key": pair.Key, "ca.crt": authority.Certificate()}
		if err := write(ctx, there, key, corev1.SecretTypeTLS, secret, data); err != nil {
			return err
		}
		say(fmt.Sprintf("%s: a new certificate: %s", key.Name, why))
	}
	return nil
}

func readAuthority(ctx context.Context, there client.Client, wanted Wanted, say func(string)) (*certs.Authority, error) {
	key := wanted.secret("ca")
	var secret corev1.Secret
	err := there.Get(ctx, key, &secret)
	if err == nil {
		authority, err := certs.ReadAuthority(certs.Pair{Certificate: secret.Data["tls.crt"], Key: secret.Data["tls.key"]})
		if err != nil {
			return nil, fmt.Errorf("secret %s: %w", key.Name, err)
		}
		// Certificates of it would outlive it.
		if time.Until(authority.NotAfter()) > time.Duration(wanted.Days)*day {
			return authority, nil
		}
	} else if !apierrors.IsNotFound(err) {
		return nil, err
	}
	authority, err := certs.NewAuthority(wanted.Name+" ca", authorityDays*day)
	if err != nil {
		return nil, err
	}
	pair, err := authority.PEM()
	if err != nil {
		return nil, err
	}
	say(key.Name + ": a new authority")
	return authority, write(ctx, there, key, corev1.SecretTypeTLS, secret, map[string][]byte{"tls.crt": pair.Certificate, "tls.key": pair.Key})
}

// whyAnew is empty for a certificate that is still good.
func whyAnew(data map[string][]byte, authority *certs.Authority, hosts []string, valid time.Duration) string {
	certificate, err := certs.Parse(data["tls.crt"])
	if err != nil || len(data["tls.key"]) == 0 {
		return "there was none"
	}
	if !bytes.Equal(data["ca.crt"], authority.Certificate()) {
		return "the authority is new"
	}
	if time.Until(certificate.NotAfter) < valid/3 {
		return "the one before ends at " + certificate.NotAfter.UTC().Format(time.RFC3339)
	}
	if !sameHosts(certificate, hosts) {
		return "the controller has other names"
	}
	return ""
}

func sameHosts(certificate *x509.Certificate, hosts []string) bool {
	named := slices.Clone(certificate.DNSNames)
	for _, address := range certificate.IPAddresses {
		named = append(named, address.String())
	}
	asked := slices.Clone(hosts)
	slices.Sort(named)
	slices.Sort(asked)
	return slices.Equal(named, asked)
}

func write(ctx context.Context, there client.Client, key client.ObjectKey, kind corev1.SecretType, before corev1.Secret, data map[string][]byte) error {
	if before.ResourceVersion != "" {
		before.Data = data
		return there.Update(ctx, &before)
	}
	labels := map[string]string{"app.kubernetes.io/name": "loadctl", "app.kubernetes.io/managed-by": "loadctl-operator"}
	return there.Create(ctx, &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: key.Namespace, Name: key.Name, Labels: labels}, Type: kind, Data: data})
}

// Remove takes all of it away.
func Remove(ctx context.Context, there client.Client, wanted Wanted, say func(string)) error {
	for _, part := range []string{"controller-tls", "agent-tls", "client-tls", "ca"} {
		key := wanted.secret(part)
		err := there.Delete(ctx, &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: key.Namespace, Name: key.Name}})
		if client.IgnoreNotFound(err) != nil {
			return err
		}
		if err == nil {
			say(key.Name + " is removed")
		}
	}
	return nil
}
