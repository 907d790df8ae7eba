// Program loadctl-operator runs TestRuns (docs/operations/kubernetes.md), and makes the certificates of the
// Helm chart's release: loadctl-operator certs.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/healthz"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"
	"sigs.k8s.io/controller-runtime/pkg/metrics/server"

	"loadctl.dev/operator/api/v1alpha1"
	"loadctl.dev/operator/internal/release"
	"loadctl.dev/operator/internal/testrun"
)

// version is set when it is built.
var version = "unknown"

func main() {
	ctrl.SetLogger(zap.New())
	arguments := os.Args[1:]
	run := operate
	if len(arguments) > 0 && arguments[0] == "certs" {
		run, arguments = certificates, arguments[1:]
	}
	if err := run(arguments); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "loadctl-operator:", err)
		os.Exit(1)
	}
}

func operate(arguments []string) error {
	flags := flag.NewFlagSet("loadctl-operator", flag.ContinueOnError)
	var images testrun.Images
	flags.StringVar(&images.Run, "image", "", "image with loadctl, loadctl-agent and loadctl-esbuild")
	flags.StringVar(&images.Agent, "agent-image", "", "image with loadctl-agent (default: that of --image)")
	namespaces := flags.String("watch-namespaces", os.Getenv("WATCH_NAMESPACES"), "namespaces whose TestRuns are run, with commas (default: all)")
	lease := flags.String("lease", "", "NAMESPACE/NAME of the Lease that says which of several works (default: no election)")
	metrics := flags.String("metrics-address", ":8080", "Prometheus metrics; 0: none")
	health := flags.String("health-address", ":8081", "/healthz and /readyz")
	showVersion := flags.Bool("version", false, "print the version")
	if err := flags.Parse(arguments); err != nil {
		return err
	}
	if *showVersion {
		fmt.Println("loadctl-operator", version)
		return nil
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	if images.Run == "" {
		return errors.New("--image: say which image runs tests")
	}
	if images.Agent == "" {
		images.Agent = images.Run
	}
	leaseNamespace, leaseName, slash := strings.Cut(*lease, "/")
	if *lease != "" && (!slash || leaseNamespace == "" || leaseName == "") {
		return fmt.Errorf("--lease: %q is not NAMESPACE/NAME", *lease)
	}
	scheme, err := newScheme()
	if err != nil {
		return err
	}
	options := ctrl.Options{
		Scheme:                  scheme,
		Metrics:                 server.Options{BindAddress: *metrics},
		HealthProbeBindAddress:  *health,
		LeaderElection:          *lease != "",
		LeaderElectionID:        leaseName,
		LeaderElectionNamespace: leaseNamespace,
		// The next one need not wait until it runs out; nothing is done after Start.
		LeaderElectionReleaseOnCancel: true,
		// Services and Secrets are looked at once a run: no cache, and no right to list them.
		Client: client.Options{Cache: &client.CacheOptions{DisableFor: []client.Object{&corev1.Service{}, &corev1.Secret{}, &corev1.ConfigMap{}, &corev1.PersistentVolumeClaim{}}}},
	}
	if *namespaces != "" {
		options.Cache.DefaultNamespaces = map[string]cache.Config{}
		for _, namespace := range strings.Split(*namespaces, ",") {
			options.Cache.DefaultNamespaces[strings.TrimSpace(namespace)] = cache.Config{}
		}
	}
	config, err := ctrl.GetConfig()
	if err != nil {
		return err
	}
	manager, err := ctrl.NewManager(config, options)
	if err != nil {
		return err
	}
	reconciler := &testrun.Reconciler{Client: manager.GetClient(), Direct: manager.GetAPIReader(), Events: manager.GetEventRecorderFor("loadctl-operator"), Images: images}
	if err := reconciler.SetupWithManager(manager); err != nil {
		return err
	}
	if err := manager.AddHealthzCheck("healthz", healthz.Ping); err != nil {
		return err
	}
	if err := manager.AddReadyzCheck("readyz", healthz.Ping); err != nil {
		return err
	}
	return manager.Start(ctrl.SetupSignalHandler())
}

func newScheme() (*runtime.Scheme, error) {
	scheme := runtime.NewScheme()
	if err := clientgoscheme.AddToScheme(scheme); err != nil {
		return nil, err
	}
	return scheme, v1alpha1.AddToScheme(scheme)
}

type names []string

func (n *names) String() string { return strings.Join(*n, ",") }
func (n *names) Set(value string) error {
	*n = append(*n, value)
	return nil
}

func certificates(arguments []string) error {
	flags := flag.NewFlagSet("loadctl-operator certs", flag.ContinueOnError)
	var wanted release.Wanted
	var hosts names
	flags.StringVar(&wanted.Namespace, "namespace", "", "where the Secrets are")
	flags.StringVar(&wanted.Name, "name", "", "what their names begin with")
	flags.IntVar(&wanted.Days, "days", 90, "how long certificates are valid; they are renewed when a third of it is left")
	flags.Var(&hosts, "host", "a name or address of the controller; may be repeated")
	remove := flags.Bool("remove", false, "take the Secrets away")
	if err := flags.Parse(arguments); err != nil {
		return err
	}
	wanted.Hosts = hosts
	if wanted.Namespace == "" || wanted.Name == "" {
		return errors.New("--namespace and --name are needed")
	}
	if wanted.Days < 2 || wanted.Days > 3650 {
		return fmt.Errorf("--days: %d is not in 2..3650", wanted.Days)
	}
	config, err := ctrl.GetConfig()
	if err != nil {
		return err
	}
	scheme, err := newScheme()
	if err != nil {
		return err
	}
	there, err := client.New(config, client.Options{Scheme: scheme})
	if err != nil {
		return err
	}
	say := func(text string) { fmt.Println(text) }
	if *remove {
		return release.Remove(context.Background(), there, wanted, say)
	}
	return release.Make(context.Background(), there, wanted, say)
}
