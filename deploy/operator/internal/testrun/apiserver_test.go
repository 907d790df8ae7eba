package testrun

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/envtest"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"
	"sigs.k8s.io/controller-runtime/pkg/metrics/server"
	"sigs.k8s.io/yaml"

	"loadctl.dev/operator/api/v1alpha1"
)

// apiServer is a real one with the chart's definition, the operator, and this test for a kubelet.
type apiServer struct {
	*testing.T
	client.Client
}

// newAPIServer starts it from $KUBEBUILDER_ASSETS: kube-apiserver, etcd and kubectl (tests/deploy/operator).
func newAPIServer(t *testing.T) *apiServer {
	t.Helper()
	if os.Getenv("KUBEBUILDER_ASSETS") == "" {
		t.Skip("no KUBEBUILDER_ASSETS: tests/deploy/operator sets it")
	}
	ctrl.SetLogger(zap.New(zap.WriteTo(io.Discard)))
	scheme := runtime.NewScheme()
	if err := clientgoscheme.AddToScheme(scheme); err != nil {
		t.Fatal(err)
	}
	if err := v1alpha1.AddToScheme(scheme); err != nil {
		t.Fatal(err)
	}
	environment := &envtest.Environment{Scheme: scheme, ErrorIfCRDPathMissing: true,
		CRDDirectoryPaths: []string{filepath.Join("..", "..", "..", "helm", "loadctl", "files", "testruns.yaml")}}
	config, err := environment.Start()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	manager, err := ctrl.NewManager(config, ctrl.Options{Scheme: scheme, Metrics: server.Options{BindAddress: "0"}})
	if err != nil {
		t.Fatal(err)
	}
	reconciler := &Reconciler{Client: manager.GetClient(), Direct: manager.GetAPIReader(), Images: Images{Run: "loadctl:1", Agent: "loadctl-agent:1"}}
	if err := reconciler.SetupWithManager(manager); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- manager.Start(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if err := environment.Stop(); err != nil {
			t.Error(err)
		}
	})
	there, err := client.New(config, client.Options{Scheme: scheme})
	if err != nil {
		t.Fatal(err)
	}
	a := &apiServer{T: t, Client: there}
	for _, object := range []client.Object{
		&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "ns"}},
		&corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: "ns", Name: "test"}, Data: map[string]string{"test.js": "export default function () {}"}},
	} {
		if err := a.Create(ctx, object); err != nil {
			t.Fatal(err)
		}
	}
	return a
}

// apply a manifest as `kubectl apply` does it: what the definition does not know is an error.
func (a *apiServer) apply(manifest string) error {
	a.Helper()
	var object unstructured.Unstructured
	if err := yaml.Unmarshal([]byte(manifest), &object.Object); err != nil {
		a.Fatal(err)
	}
	return a.Create(context.Background(), &object, client.FieldValidation(metav1.FieldValidationStrict))
}

// until it is so, 20 s.
func (a *apiServer) until(what string, is func(*v1alpha1.TestRun) bool) *v1alpha1.TestRun {
	a.Helper()
	var run v1alpha1.TestRun
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if err := a.Get(context.Background(), client.ObjectKey{Namespace: "ns", Name: "shop"}, &run); err == nil && is(&run) {
			return &run
		}
	}
	a.Fatalf("not within 20 s: %s: %+v", what, run.Status)
	return nil
}

// play gives all pods of a part a status.
func (a *apiServer) play(part string, status corev1.PodStatus) int {
	a.Helper()
	var pods corev1.PodList
	if err := a.List(context.Background(), &pods, client.InNamespace("ns"), client.MatchingLabels{labelPart: part}); err != nil {
		a.Fatal(err)
	}
	for _, pod := range pods.Items {
		pod.Status = status
		if err := a.Status().Update(context.Background(), &pod); client.IgnoreNotFound(err) != nil {
			a.Fatal(err)
		}
	}
	return len(pods.Items)
}

func TestOnAnAPIServer(t *testing.T) {
	a := newAPIServer(t)
	for name, test := range map[string]func(*apiServer){"a manifest": testAManifest, "what the definition refuses": testRefusals} {
		t.Run(name, func(t *testing.T) { test(&apiServer{T: t, Client: a.Client}) })
	}
}

// A manifest of k6-operator's documentation, with another apiVersion: from its start to its verdict.
func testAManifest(a *apiServer) {
	const manifest = `
apiVersion: loadctl.dev/v1alpha1
kind: TestRun
metadata: {name: shop, namespace: ns}
spec:
  parallelism: 4
  script: {configMap: {name: test, file: test.js}}
  arguments: --out experimental-prometheus-rw --tag "release=one two"
  separate: true
  starter: {metadata: {labels: {cool-label: foo}}}
  scuttle: {enabled: "true"}
  runner:
    image: grafana/k6:latest
    metadata: {labels: {cool-label: foo}, annotations: {cool-annotation: bar}}
    securityContext: {runAsUser: 1000, runAsNonRoot: true}
    resources: {limits: {cpu: 200m, memory: 1000Mi}, requests: {cpu: 100m, memory: 500Mi}}
    env: [{name: A, value: b}]
    envFrom: [{secretRef: {name: keys}}]
    tolerations: [{key: load, operator: Exists}]
    topologySpreadConstraints: [{maxSkew: 1, topologyKey: kubernetes.io/hostname, whenUnsatisfiable: ScheduleAnyway, labelSelector: {matchLabels: {app: k6}}}]
    volumes: [{name: data, emptyDir: {}}]
    volumeMounts: [{name: data, mountPath: /data}]
`
	if err := a.apply(manifest); err != nil {
		a.Fatal(err)
	}
	a.until("pods", func(run *v1alpha1.TestRun) bool { return run.Status.Stage == v1alpha1.StageCreated })
	running := corev1.PodStatus{Phase: corev1.PodRunning}
	if agents, runs := a.play(partAgent, running), a.play(partRun, running); agents != 4 || runs != 1 {
		a.Fatalf("%d agents, %d pods of the run", agents, runs)
	}
	a.until("started", func(run *v1alpha1.TestRun) bool {
		return run.Status.Stage == v1alpha1.StageStarted && run.Status.Agents == "4/4"
	})
	a.play(partRun, corev1.PodStatus{Phase: corev1.PodFailed, ContainerStatuses: []corev1.ContainerStatus{{Name: ContainerRun,
		State: corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{ExitCode: 99, Reason: "Error",
			Message: `{"verdict":"failed","code":99,"cause":"crossed","crossed":[{"metric":"m","expression":"p(95)<1","value":"p(95)=3"}],"figures":[{"metric":"http_reqs","values":"9"}]}`}}}}})
	run := a.until("its end", func(run *v1alpha1.TestRun) bool { return run.Status.Stage == v1alpha1.StageFinished })
	if run.Status.Verdict != v1alpha1.VerdictFailed || *run.Status.ExitCode != 99 || len(run.Status.CrossedThresholds) != 1 || len(run.Status.Summary) != 1 || len(run.Status.Warnings) != 3 {
		a.Errorf("%+v", run.Status)
	}
	a.until("its agents' end", func(*v1alpha1.TestRun) bool { return a.play(partAgent, running) == 0 })
	// One TestRun is one run.
	run.Spec.Parallelism = 5
	if err := a.Update(context.Background(), run); err == nil || !strings.Contains(err.Error(), "a TestRun is one run") {
		a.Errorf("its spec is changed: %v", err)
	}
}

// By the definition, before anything is made; the error names the field.
func testRefusals(a *apiServer) {
	const begin = "apiVersion: loadctl.dev/v1alpha1\nkind: TestRun\nmetadata: {name: bad, namespace: ns}\nspec: "
	for spec, want := range map[string]string{
		"{parallelism: 0, script: {configMap: {name: test}}}":    "spec.parallelism",
		"{parallelism: 1001, script: {configMap: {name: test}}}": "spec.parallelism",
		`{parallelism: "4", script: {configMap: {name: test}}}`:  "spec.parallelism",
		"{parallelism: 1}": "spec.script",
		"{parallelism: 1, script: {configMap: {name: test}}, cleanup: always}":                "spec.cleanup",
		"{parallelism: 1, script: {configMap: {name: test}}, paralellism: 3}":                 `unknown field "spec.paralellism"`,
		"{parallelism: 1, script: {configMap: {nam: test}}}":                                  `unknown field "spec.script.configMap.nam"`,
		"{parallelism: 1, script: {configMap: {name: test}}, runner: {imagePullPolicy: Odd}}": "spec.runner.imagePullPolicy",
	} {
		if err := a.apply(begin + spec); err == nil || !strings.Contains(err.Error(), want) {
			a.Errorf("%s: %v", spec, err)
		}
	}
}
