package testrun

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/tools/record"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"
	"sigs.k8s.io/yaml"

	"loadctl.dev/operator/api/v1alpha1"
)

// cluster is a namespace with a ConfigMap "test", where pods do what a test says.
type cluster struct {
	*testing.T
	client.Client
	reconciler *Reconciler
	events     *record.FakeRecorder
	now        time.Time
	refuse     error // of the creation of pods
}

func newCluster(t *testing.T) *cluster {
	t.Helper()
	scheme := runtime.NewScheme()
	if err := clientgoscheme.AddToScheme(scheme); err != nil {
		t.Fatal(err)
	}
	if err := v1alpha1.AddToScheme(scheme); err != nil {
		t.Fatal(err)
	}
	c := &cluster{T: t, now: time.Now().Truncate(time.Second), events: record.NewFakeRecorder(100)}
	uid := 0
	c.Client = fake.NewClientBuilder().WithScheme(scheme).WithStatusSubresource(&v1alpha1.TestRun{}, &corev1.Pod{}).
		WithObjects(&corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: "ns", Name: "test"}, Data: map[string]string{"test.js": "export default function () {}"}}).
		WithInterceptorFuncs(interceptor.Funcs{Create: func(ctx context.Context, there client.WithWatch, object client.Object, options ...client.CreateOption) error {
			switch made := object.(type) {
			case *corev1.Service:
				made.Spec.ClusterIP = "10.96.3.4"
			case *corev1.Pod:
				if c.refuse != nil {
					return c.refuse
				}
				made.Status.Phase = corev1.PodPending
			}
			if object.GetUID() == "" {
				uid++
				object.SetUID(types.UID(fmt.Sprintf("%08d-aaaa", uid)))
			}
			return there.Create(ctx, object, options...)
		}}).Build()
	c.reconciler = &Reconciler{Client: c.Client, Events: c.events, Images: Images{Run: "loadctl:1", Agent: "loadctl-agent:1"}, Now: func() time.Time { return c.now }}
	return c
}

func (c *cluster) add(spec v1alpha1.TestRunSpec) {
	c.Helper()
	if spec.Script == (v1alpha1.Script{}) {
		spec.Script.ConfigMap.Name = "test"
	}
	if spec.Parallelism == 0 {
		spec.Parallelism = 3
	}
	if err := c.Create(context.Background(), &v1alpha1.TestRun{ObjectMeta: metav1.ObjectMeta{Namespace: "ns", Name: "shop"}, Spec: spec}); err != nil {
		c.Fatal(err)
	}
}

// step reconciles until nothing changes; the TestRun after it.
func (c *cluster) step() *v1alpha1.TestRun {
	c.Helper()
	for range 3 {
		if _, err := c.reconciler.Reconcile(context.Background(), ctrl.Request{NamespacedName: types.NamespacedName{Namespace: "ns", Name: "shop"}}); err != nil {
			c.Fatal(err)
		}
	}
	return c.get()
}

func (c *cluster) get() *v1alpha1.TestRun {
	c.Helper()
	var run v1alpha1.TestRun
	if err := c.Get(context.Background(), client.ObjectKey{Namespace: "ns", Name: "shop"}, &run); err != nil {
		if apierrors.IsNotFound(err) {
			return nil
		}
		c.Fatal(err)
	}
	return &run
}

func (c *cluster) pods(part string) []corev1.Pod {
	c.Helper()
	var list corev1.PodList
	if err := c.List(context.Background(), &list, client.InNamespace("ns"), client.MatchingLabels{labelPart: part}); err != nil {
		c.Fatal(err)
	}
	return list.Items
}

func (c *cluster) set(pod corev1.Pod, status corev1.PodStatus) {
	c.Helper()
	pod.Status = status
	if err := c.Status().Update(context.Background(), &pod); err != nil {
		c.Fatal(err)
	}
}

// start lets all pods run.
func (c *cluster) start() *v1alpha1.TestRun {
	c.Helper()
	c.step()
	for _, part := range []string{partRun, partAgent} {
		for _, pod := range c.pods(part) {
			c.set(pod, corev1.PodStatus{Phase: corev1.PodRunning})
		}
	}
	return c.step()
}

func (c *cluster) endRun(code int32, message, reason string) *v1alpha1.TestRun {
	c.Helper()
	phase := corev1.PodSucceeded
	if code != 0 {
		phase = corev1.PodFailed
	}
	pods := c.pods(partRun)
	if len(pods) != 1 {
		c.Fatalf("%d pods of the run", len(pods))
	}
	c.set(pods[0], corev1.PodStatus{Phase: phase, ContainerStatuses: []corev1.ContainerStatus{{Name: ContainerRun,
		State: corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{ExitCode: code, Message: message, Reason: reason}}}}})
	return c.step()
}

func (c *cluster) expect(run *v1alpha1.TestRun, stage v1alpha1.Stage, verdict v1alpha1.Verdict, cause string) {
	c.Helper()
	if run.Status.Stage != stage || run.Status.Verdict != verdict || !strings.Contains(run.Status.Cause, cause) {
		c.Fatalf("stage %q, verdict %q, cause %q; want %q, %q, %q", run.Status.Stage, run.Status.Verdict, run.Status.Cause, stage, verdict, cause)
	}
}

func (c *cluster) condition(run *v1alpha1.TestRun, kind string, want metav1.ConditionStatus) {
	c.Helper()
	got := meta.FindStatusCondition(run.Status.Conditions, kind)
	if got == nil || got.Status != want {
		c.Fatalf("condition %s is %v, want %s", kind, got, want)
	}
}

func TestARunThatPasses(t *testing.T) {
	c := newCluster(t)
	c.add(v1alpha1.TestRunSpec{Arguments: `--tag "who=one two" --vus 9`})
	run := c.start()
	c.expect(run, v1alpha1.StageStarted, "", "")
	c.condition(run, v1alpha1.ConditionAgentsReady, metav1.ConditionTrue)
	if run.Status.Agents != "3/3" {
		t.Errorf("agents: %s", run.Status.Agents)
	}
	words := c.pods(partRun)[0].Spec.Containers[0].Args
	if !slices.Contains(words, "who=one two") || words[len(words)-1] != "/test/test.js" {
		t.Errorf("arguments: %q", words)
	}
	run = c.endRun(0, `{"verdict":"passed","code":0,"cause":null,"crossed":[],"figures":[{"metric":"http_reqs","values":"9, 3/s"}]}`+"\n", "Completed")
	c.expect(run, v1alpha1.StageFinished, v1alpha1.VerdictPassed, "")
	c.condition(run, v1alpha1.ConditionPassed, metav1.ConditionTrue)
	if len(run.Status.Summary) != 1 || run.Status.Summary[0].Values != "9, 3/s" {
		t.Errorf("summary: %v", run.Status.Summary)
	}
	// The log stays, nothing else does.
	var services corev1.ServiceList
	var secrets corev1.SecretList
	var policies networkingv1.NetworkPolicyList
	for _, list := range []client.ObjectList{&services, &secrets, &policies} {
		if err := c.List(context.Background(), list); err != nil {
			t.Fatal(err)
		}
	}
	if left := len(c.pods(partAgent)) + len(services.Items) + len(secrets.Items) + len(policies.Items); left != 0 || len(c.pods(partRun)) != 1 {
		t.Errorf("%d objects and %d pods of the run are left", left, len(c.pods(partRun)))
	}
}

// k6-operator: #189, #115, #75. One verdict over all agents, and a failed one is told from a passed one.
func TestThresholdsAreJudgedOnceAndAFailureIsNotASuccess(t *testing.T) {
	c := newCluster(t)
	c.add(v1alpha1.TestRunSpec{})
	c.start()
	run := c.endRun(99, `{"verdict":"failed","code":99,"cause":"thresholds on metrics 'http_req_duration' have been crossed","crossed":[{"metric":"http_req_duration","expression":"p(95)<1","value":"p(95)=3ms"}],"figures":[]}`, "Error")
	c.expect(run, v1alpha1.StageFinished, v1alpha1.VerdictFailed, "have been crossed")
	c.condition(run, v1alpha1.ConditionPassed, metav1.ConditionFalse)
	if *run.Status.ExitCode != 99 || run.Status.CrossedThresholds[0].Value != "p(95)=3ms" {
		t.Errorf("status: %+v", run.Status)
	}
	for range 3 {
		c.step()
	}
	if pods := c.pods(partRun); len(pods) != 1 || len(c.pods(partAgent)) != 0 {
		t.Error("it runs again")
	}
}

// k6-operator: #223, #358, #413, #392. setup() once, one summary: one program has the plan, N only do a share of it.
func TestOnePodRunsTheTestAndTheOthersAreItsAgents(t *testing.T) {
	c := newCluster(t)
	c.add(v1alpha1.TestRunSpec{Parallelism: 5})
	c.step()
	if len(c.pods(partRun)) != 1 || len(c.pods(partAgent)) != 5 {
		t.Fatalf("%d and %d pods", len(c.pods(partRun)), len(c.pods(partAgent)))
	}
	for _, pod := range c.pods(partAgent) {
		container := pod.Spec.Containers[0]
		if *pod.Spec.TerminationGracePeriodSeconds != 615 || !slices.Contains(container.Args, "10m0s") {
			t.Errorf("a drain is not waited for: %d, %v", *pod.Spec.TerminationGracePeriodSeconds, container.Args)
		}
		if container.Command[0] != "loadctl-agent" || container.Image != "loadctl-agent:1" || !slices.Contains(container.Args, "10.96.3.4:6566") {
			t.Errorf("%v %v", container.Command, container.Args)
		}
		for _, volume := range pod.Spec.Volumes {
			if volume.ConfigMap != nil {
				t.Error("an agent has the script's volume")
			}
			if volume.Secret != nil {
				for _, item := range volume.Secret.Items {
					if strings.HasPrefix(item.Key, "client") || strings.HasPrefix(item.Key, "controller") {
						t.Error("an agent has the key of", item.Key)
					}
				}
			}
		}
	}
	container := c.pods(partRun)[0].Spec.Containers[0]
	if !slices.Contains(container.Args, "5") || slices.ContainsFunc(container.Args, func(word string) bool { return strings.HasPrefix(word, "--execution-segment") }) {
		t.Errorf("%q", container.Args)
	}
}

// k6-operator: #304, #898. A pod that went away in the middle ends the run, by name; nobody waits for it.
func TestAnAgentThatIsGoneInTheMiddleIsNamed(t *testing.T) {
	c := newCluster(t)
	c.add(v1alpha1.TestRunSpec{})
	c.start()
	gone := c.pods(partAgent)[1]
	if err := c.Delete(context.Background(), &gone); err != nil {
		t.Fatal(err)
	}
	run := c.step()
	c.expect(run, v1alpha1.StageStarted, "", "")
	if len(run.Status.Lost) != 1 || len(c.pods(partAgent)) != 2 {
		t.Fatalf("lost: %v, %d agents", run.Status.Lost, len(c.pods(partAgent)))
	}
	run = c.endRun(111, `{"verdict":"incomplete","code":111,"cause":"agent 2 of 3 was lost: nothing was heard of it for 5 s","crossed":[],"figures":[]}`, "Error")
	c.expect(run, v1alpha1.StageError, v1alpha1.VerdictIncomplete, gone.Name+": deleted")
}

// k6-operator: #251, #222. An agent that ran out of memory does so, too.
func TestAnAgentWithoutMemoryIsNamed(t *testing.T) {
	c := newCluster(t)
	c.add(v1alpha1.TestRunSpec{})
	c.start()
	killed := c.pods(partAgent)[0]
	c.set(killed, corev1.PodStatus{Phase: corev1.PodFailed, ContainerStatuses: []corev1.ContainerStatus{{Name: containerAgent,
		State: corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{ExitCode: 137, Reason: "OOMKilled"}}}}})
	c.step()
	run := c.endRun(111, "", "Error")
	c.expect(run, v1alpha1.StageError, v1alpha1.VerdictIncomplete, killed.Name+": OOMKilled")
	c.condition(run, v1alpha1.ConditionPassed, metav1.ConditionFalse)
}

func TestTheRunsOwnPodWithoutMemory(t *testing.T) {
	c := newCluster(t)
	c.add(v1alpha1.TestRunSpec{})
	c.start()
	c.expect(c.endRun(137, "", "OOMKilled"), v1alpha1.StageError, v1alpha1.VerdictIncomplete, "was killed: OOMKilled")
}

// k6-operator: #867. A pod that finds no node is told of while it waits, and not waited for without end.
func TestAnUnschedulablePodIsToldAndNotWaitedForWithoutEnd(t *testing.T) {
	c := newCluster(t)
	c.add(v1alpha1.TestRunSpec{StartTimeout: &metav1.Duration{Duration: time.Minute}})
	c.step()
	for i, pod := range append(c.pods(partRun), c.pods(partAgent)...) {
		status := corev1.PodStatus{Phase: corev1.PodRunning}
		if i == 2 {
			status = corev1.PodStatus{Phase: corev1.PodPending, Conditions: []corev1.PodCondition{{Type: corev1.PodScheduled, Status: corev1.ConditionFalse,
				Reason: "Unschedulable", Message: "0/3 nodes are available: 3 Insufficient cpu."}}}
		}
		c.set(pod, status)
	}
	run := c.step()
	c.expect(run, v1alpha1.StageCreated, "", "Unschedulable: 0/3 nodes are available")
	c.condition(run, v1alpha1.ConditionAgentsReady, metav1.ConditionFalse)
	c.now = c.now.Add(2 * time.Minute)
	run = c.step()
	c.expect(run, v1alpha1.StageError, v1alpha1.VerdictError, "did not start within 1m0s")
	c.expect(run, v1alpha1.StageError, v1alpha1.VerdictError, "Insufficient cpu")
	if len(c.pods(partRun))+len(c.pods(partAgent)) != 0 {
		t.Error("pods are left")
	}
}

// k6-operator: #260. What the API server refuses is told; once it is mended the run goes on.
func TestAMissingServiceAccountIsTold(t *testing.T) {
	c := newCluster(t)
	c.refuse = apierrors.NewForbidden(schema.GroupResource{Resource: "pods"}, "shop", fmt.Errorf("error looking up service account ns/load: serviceaccount \"load\" not found"))
	c.add(v1alpha1.TestRunSpec{Runner: v1alpha1.Pod{ServiceAccountName: "load"}})
	c.expect(c.step(), v1alpha1.StageInitialization, "", `serviceaccount "load" not found`)
	c.refuse = nil
	c.expect(c.start(), v1alpha1.StageStarted, "", "")
}

func TestAMissingScriptIsTold(t *testing.T) {
	for want, script := range map[string]v1alpha1.Script{
		`there is no ConfigMap "none"`:             {ConfigMap: v1alpha1.ConfigMap{Name: "none"}},
		`ConfigMap "test" has no file "other.js"`:  {ConfigMap: v1alpha1.ConfigMap{Name: "test", File: "other.js"}},
		`there is no PersistentVolumeClaim "data"`: {VolumeClaim: v1alpha1.VolumeClaim{Name: "data"}},
	} {
		c := newCluster(t)
		c.add(v1alpha1.TestRunSpec{Script: script})
		c.expect(c.step(), v1alpha1.StageInitialization, "", want)
		if len(c.pods(partRun)) != 0 {
			t.Error("a pod is made all the same")
		}
		c.now = c.now.Add(time.Hour)
		c.expect(c.step(), v1alpha1.StageError, v1alpha1.VerdictError, want)
	}
}

// k6-operator: #513. What an earlier TestRun of the name left is in nobody's way.
func TestATestRunOfTheSameNameIsAnotherRun(t *testing.T) {
	c := newCluster(t)
	c.add(v1alpha1.TestRunSpec{})
	c.start()
	before := c.endRun(0, "", "Completed")
	old := c.pods(partRun)[0]
	if err := c.Delete(context.Background(), before); err != nil {
		t.Fatal(err)
	}
	c.add(v1alpha1.TestRunSpec{}) // the pod before is still there
	run := c.step()
	if run.Status.Pod == old.Name || len(c.pods(partRun)) != 2 {
		t.Fatalf("pod %s, %d pods", run.Status.Pod, len(c.pods(partRun)))
	}
	c.expect(run, v1alpha1.StageCreated, "", "")
}

// k6-operator: #161. Before it started, a pod that was evicted is made again.
func TestBeforeTheStartAnEvictedAgentIsMadeAgain(t *testing.T) {
	c := newCluster(t)
	c.add(v1alpha1.TestRunSpec{})
	c.step()
	evicted := c.pods(partAgent)[2]
	c.set(evicted, corev1.PodStatus{Phase: corev1.PodFailed, Reason: "Evicted", Message: "The node was low on resource: memory."})
	run := c.start()
	c.expect(run, v1alpha1.StageStarted, "", "")
	if len(c.pods(partAgent)) != 3 || !strings.Contains(run.Status.Lost[0], "Evicted: The node was low") {
		t.Errorf("%d agents, lost: %v", len(c.pods(partAgent)), run.Status.Lost)
	}
}

func TestAgentsThatAlwaysEndAreGivenUp(t *testing.T) {
	c := newCluster(t)
	c.add(v1alpha1.TestRunSpec{Parallelism: 1})
	for range 10 {
		c.step()
		for _, pod := range c.pods(partAgent) {
			c.set(pod, corev1.PodStatus{Phase: corev1.PodFailed, ContainerStatuses: []corev1.ContainerStatus{{Name: containerAgent,
				State: corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{ExitCode: 1, Reason: "Error", Message: "loadctl-agent: --tls-cert: cannot read"}}}}})
		}
	}
	run := c.step()
	c.expect(run, v1alpha1.StageCreated, "", "agents end as soon as they start")
	if len(run.Status.Lost) > renewals+1 {
		t.Errorf("it was made %d times", len(run.Status.Lost))
	}
	c.now = c.now.Add(time.Hour)
	c.expect(c.step(), v1alpha1.StageError, v1alpha1.VerdictError, "cannot read")
}

func TestAPodOfTheRunThatIsGone(t *testing.T) {
	c := newCluster(t)
	c.add(v1alpha1.TestRunSpec{})
	c.start()
	pod := c.pods(partRun)[0]
	if err := c.Delete(context.Background(), &pod); err != nil {
		t.Fatal(err)
	}
	c.expect(c.step(), v1alpha1.StageError, v1alpha1.VerdictIncomplete, "was deleted or its node is gone")
}

// k6-operator: #457. Paused means paused.
func TestPausedAndQuietAreFlags(t *testing.T) {
	for _, each := range []struct {
		spec   v1alpha1.TestRunSpec
		paused bool
		quiet  bool
	}{{v1alpha1.TestRunSpec{}, false, true}, {v1alpha1.TestRunSpec{Paused: "true", Quiet: "false"}, true, false}, {v1alpha1.TestRunSpec{Paused: "false", Quiet: "true"}, false, true}} {
		c := newCluster(t)
		c.add(each.spec)
		c.step()
		words := c.pods(partRun)[0].Spec.Containers[0].Args
		if slices.Contains(words, "--paused") != each.paused || slices.Contains(words, "--quiet") != each.quiet {
			t.Errorf("%+v: %q", each, words)
		}
	}
}

func TestCleanupTakesTheTestRunAway(t *testing.T) {
	c := newCluster(t)
	c.add(v1alpha1.TestRunSpec{Cleanup: "post"})
	c.start()
	if run := c.endRun(0, "", "Completed"); run != nil {
		t.Fatalf("it is still there: %+v", run.Status)
	}
}

func TestWhatCannotBeIsRefusedByName(t *testing.T) {
	for want, spec := range map[string]v1alpha1.TestRunSpec{
		`spec.arguments: the quote " is not closed`: {Arguments: `--tag "x`},
		"spec.arguments: --agents":                  {Arguments: "--agents=4"},
		"spec.args: --controller":                   {Args: []string{"--controller", "elsewhere:1"}},
		"spec.token":                                {Token: "x"},
		"spec.parallelism":                          {Parallelism: -1},
	} {
		c := newCluster(t)
		c.add(spec)
		c.expect(c.step(), v1alpha1.StageError, v1alpha1.VerdictError, want)
		if len(c.pods(partRun))+len(c.pods(partAgent)) != 0 {
			t.Error("pods are made all the same")
		}
	}
}

// A manifest of k6-operator's own documentation, with another apiVersion.
func TestAManifestOfK6OperatorRuns(t *testing.T) {
	const manifest = `
apiVersion: loadctl.dev/v1alpha1
kind: TestRun
metadata: {name: shop, namespace: ns}
spec:
  parallelism: 4
  separate: true
  script:
    configMap: {name: test, file: test.js}
  arguments: --out experimental-prometheus-rw
  cleanup: ""
  starter: {metadata: {labels: {cool-label: foo}}, securityContext: {runAsUser: 1000}}
  runner:
    image: grafana/k6:latest
    metadata: {labels: {cool-label: foo}, annotations: {cool-annotation: bar}}
    securityContext: {runAsUser: 1000, runAsGroup: 1000, runAsNonRoot: true}
    resources: {limits: {cpu: 200m, memory: 1000Mi}, requests: {cpu: 100m, memory: 500Mi}}
    env: [{name: K6_PROMETHEUS_RW_SERVER_URL, value: "http://prometheus/api/v1/write"}, {name: HTTPS_PROXY, value: "http://proxy:3128"}]
    envFrom: [{secretRef: {name: keys}}]
    nodeSelector: {load: "yes"}
    tolerations: [{key: load, operator: Exists}]
    readinessProbe: {httpGet: {path: /v1/status, port: 6565}}
    initContainers: [{image: busybox, command: [sh, -c, "cp a /data"], volumeMounts: [{name: data, mountPath: /data}]}]
    volumes: [{name: data, emptyDir: {}}, {name: big, persistentVolumeClaim: {claimName: big}}]
    volumeMounts: [{name: data, mountPath: /data}, {name: big, mountPath: /big}]
`
	c := newCluster(t)
	var run v1alpha1.TestRun
	if err := yaml.UnmarshalStrict([]byte(manifest), &run); err != nil {
		t.Fatal(err)
	}
	if err := c.Create(context.Background(), &run); err != nil {
		t.Fatal(err)
	}
	c.expect(c.start(), v1alpha1.StageStarted, "", "")
	pod := c.pods(partRun)[0]
	container := pod.Spec.Containers[0]
	if container.Image != "loadctl:1" || container.Env[1].Name != "K6_PROMETHEUS_RW_SERVER_URL" || len(container.EnvFrom) != 1 || !slices.Contains(container.Args, "--include-system-env-vars") {
		t.Errorf("%+v", container)
	}
	if len(pod.Spec.InitContainers) != 2 || pod.Spec.InitContainers[1].Name != "k6-init-0" || len(pod.Spec.InitContainers[1].VolumeMounts) != 2 {
		t.Errorf("%+v", pod.Spec.InitContainers)
	}
	agent := c.pods(partAgent)[0]
	names := []string{}
	for _, mount := range agent.Spec.Containers[0].VolumeMounts {
		names = append(names, mount.Name)
	}
	if !slices.Equal(names, []string{"loadctl-tmp", "loadctl-tls", "data"}) || agent.Spec.Containers[0].Resources.Limits.Memory().String() != "1000Mi" ||
		agent.Labels["cool-label"] != "foo" || agent.Labels["runner"] != "true" || agent.Spec.NodeSelector["load"] != "yes" || *agent.Spec.SecurityContext.RunAsUser != 1000 ||
		agent.Spec.Affinity.PodAntiAffinity == nil || len(agent.Spec.Containers[0].Env) != 1 || agent.Spec.Containers[0].Env[0].Name != "HTTPS_PROXY" {
		t.Errorf("%+v", agent.Spec)
	}
	if warnings := strings.Join(c.get().Status.Warnings, "\n"); !strings.Contains(warnings, "grafana/k6:latest holds no loadctl") || !strings.Contains(warnings, "starter") || !strings.Contains(warnings, "probes") {
		t.Errorf("warnings: %s", warnings)
	}
}

func TestImagesOfK6(t *testing.T) {
	for image, want := range map[string]bool{"grafana/k6": true, "grafana/k6:1.2": true, "docker.io/grafana/k6:latest": true, "grafana/k6@sha256:00": true,
		"loadimpact/k6": true, "example.com/grafana/k6:x": false, "grafana/k6-custom": false, "localhost:5000/k6": false, "loadctl:1": false} {
		if isK6Image(image) != want {
			t.Errorf("%s: %v", image, !want)
		}
	}
}
