// Package v1alpha1 holds the resource TestRun. Its spec has the fields of k6-operator's TestRun
// (k6.io/v1alpha1) with the same names and types, so that such a manifest runs here once its
// apiVersion is changed; docs/operations/kubernetes.md says what each means here.
package v1alpha1

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// GroupVersion of everything here.
var GroupVersion = schema.GroupVersion{Group: "loadctl.dev", Version: "v1alpha1"}

// AddToScheme makes the types known.
func AddToScheme(scheme *runtime.Scheme) error {
	scheme.AddKnownTypes(GroupVersion, &TestRun{}, &TestRunList{})
	metav1.AddToGroupVersion(scheme, GroupVersion)
	return nil
}

// TestRun is one run of a k6 script over several pods, as one test.
type TestRun struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	Spec   TestRunSpec   `json:"spec"`
	Status TestRunStatus `json:"status,omitempty"`
}

// TestRunList is a list of TestRuns.
type TestRunList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []TestRun `json:"items"`
}

// TestRunSpec is k6-operator's, and startTimeout.
type TestRunSpec struct {
	Script Script `json:"script"`
	// How many agents run the test.
	Parallelism int32 `json:"parallelism"`
	// One agent a node.
	Separate bool `json:"separate,omitempty"`
	// Flags of `loadctl run`, which are k6's; words as in a shell, with quotes.
	Arguments string `json:"arguments,omitempty"`
	// The same, a word each; wins over arguments.
	Args []string `json:"args,omitempty"`
	// Ports of the run's pod.
	Ports []corev1.ContainerPort `json:"ports,omitempty"`
	// The pod that reads the script, merges and judges; without it, as runner.
	Initializer *Pod `json:"initializer,omitempty"`
	// Not needed here.
	Starter *runtime.RawExtension `json:"starter,omitempty"`
	// The pods of agents.
	Runner Pod `json:"runner,omitzero"`
	// "false" shows progress in the log.
	Quiet string `json:"quiet,omitempty"`
	// "true" makes the test wait before setup() until it is resumed in its pod.
	Paused string `json:"paused,omitempty"`
	// "post" deletes the TestRun, and with it its pods, when it has ended.
	Cleanup string `json:"cleanup,omitempty"`
	// Not needed here.
	Scuttle *runtime.RawExtension `json:"scuttle,omitempty"`
	// Of k6's cloud; refused.
	TestRunID string `json:"testRunId,omitempty"`
	// Of k6's cloud; refused.
	Token string `json:"token,omitempty"`
	// How long all pods may take to run (10m); then the TestRun ends, saying what is in their way.
	StartTimeout *metav1.Duration `json:"startTimeout,omitempty"`
}

// Script says where the test is: the first that is set counts.
type Script struct {
	VolumeClaim VolumeClaim `json:"volumeClaim,omitzero"`
	ConfigMap   ConfigMap   `json:"configMap,omitzero"`
	// A path in the image of the run's pod.
	LocalFile string `json:"localFile,omitempty"`
}

// VolumeClaim is mounted at /test.
type VolumeClaim struct {
	Name string `json:"name,omitempty"`
	// test.js if empty; its folder is mounted where the name is absolute.
	File     string `json:"file,omitempty"`
	ReadOnly bool   `json:"readOnly,omitempty"`
}

// ConfigMap is mounted at /test.
type ConfigMap struct {
	Name string `json:"name,omitempty"`
	// test.js if empty.
	File string `json:"file,omitempty"`
}

// Pod is what may be said of pods.
type Pod struct {
	// Has no meaning here: a script is always read before it runs.
	Disabled                     bool                              `json:"disabled,omitempty"`
	Affinity                     *corev1.Affinity                  `json:"affinity,omitempty"`
	AutomountServiceAccountToken string                            `json:"automountServiceAccountToken,omitempty"`
	Env                          []corev1.EnvVar                   `json:"env,omitempty"`
	Image                        string                            `json:"image,omitempty"`
	ImagePullSecrets             []corev1.LocalObjectReference     `json:"imagePullSecrets,omitempty"`
	ImagePullPolicy              corev1.PullPolicy                 `json:"imagePullPolicy,omitempty"`
	Metadata                     PodMetadata                       `json:"metadata,omitzero"`
	NodeSelector                 map[string]string                 `json:"nodeSelector,omitempty"`
	Tolerations                  []corev1.Toleration               `json:"tolerations,omitempty"`
	TopologySpreadConstraints    []corev1.TopologySpreadConstraint `json:"topologySpreadConstraints,omitempty"`
	Resources                    corev1.ResourceRequirements       `json:"resources,omitzero"`
	ServiceAccountName           string                            `json:"serviceAccountName,omitempty"`
	SecurityContext              *corev1.PodSecurityContext        `json:"securityContext,omitempty"`
	ContainerSecurityContext     *corev1.SecurityContext           `json:"containerSecurityContext,omitempty"`
	EnvFrom                      []corev1.EnvFromSource            `json:"envFrom,omitempty"`
	// Of k6's REST API on each runner, which agents have not; ignored.
	ReadinessProbe *corev1.Probe `json:"readinessProbe,omitempty"`
	// Ignored, too.
	LivenessProbe     *corev1.Probe        `json:"livenessProbe,omitempty"`
	InitContainers    []InitContainer      `json:"initContainers,omitempty"`
	Volumes           []corev1.Volume      `json:"volumes,omitempty"`
	VolumeMounts      []corev1.VolumeMount `json:"volumeMounts,omitempty"`
	PriorityClassName string               `json:"priorityClassName,omitempty"`
	SchedulerName     string               `json:"schedulerName,omitempty"`
}

// PodMetadata is added to that of the pods.
type PodMetadata struct {
	Annotations map[string]string `json:"annotations,omitempty"`
	Labels      map[string]string `json:"labels,omitempty"`
}

// InitContainer runs before the script is read, with the script's volume.
type InitContainer struct {
	Name          string                         `json:"name,omitempty"`
	Image         string                         `json:"image,omitempty"`
	Env           []corev1.EnvVar                `json:"env,omitempty"`
	EnvFrom       []corev1.EnvFromSource         `json:"envFrom,omitempty"`
	Command       []string                       `json:"command,omitempty"`
	Args          []string                       `json:"args,omitempty"`
	WorkingDir    string                         `json:"workingDir,omitempty"`
	VolumeMounts  []corev1.VolumeMount           `json:"volumeMounts,omitempty"`
	Resources     corev1.ResourceRequirements    `json:"resources,omitzero"`
	RestartPolicy *corev1.ContainerRestartPolicy `json:"restartPolicy,omitempty"`
}

// Stage of a TestRun; k6-operator's words.
type Stage string

// The stages.
const (
	StageInitialization Stage = "initialization" // pods are being made
	StageCreated        Stage = "created"        // all are made; not all run
	StageStarted        Stage = "started"        // all run
	StageFinished       Stage = "finished"       // the test ran to an end of its own: see verdict
	StageError          Stage = "error"          // it did not: see cause
)

// Verdict on the whole run, over all agents.
type Verdict string

// The verdicts, as of --verdict-file.
const (
	VerdictPassed     Verdict = "passed"
	VerdictFailed     Verdict = "failed"
	VerdictAborted    Verdict = "aborted"
	VerdictIncomplete Verdict = "incomplete"
	VerdictError      Verdict = "error"
)

// Types of conditions.
const (
	ConditionAgentsReady = "AgentsReady"
	ConditionRunning     = "TestRunRunning"
	ConditionPassed      = "Passed"
)

// TestRunStatus says how it goes, and went.
type TestRunStatus struct {
	Stage   Stage   `json:"stage,omitempty"`
	Verdict Verdict `json:"verdict,omitempty"`
	// Exit status of `loadctl run`: 0, 99 for crossed thresholds, 111 for an incomplete run...
	ExitCode *int32 `json:"exitCode,omitempty"`
	// Why it is not "passed", or what the run waits for.
	Cause string `json:"cause,omitempty"`
	// Those that did not hold; all of them are in the log of the run's pod.
	CrossedThresholds []Threshold `json:"crossedThresholds,omitempty"`
	// The main figures, over all agents.
	Summary []Figure `json:"summary,omitempty"`
	// Running and wanted: 2/3.
	Agents string `json:"agents,omitempty"`
	// Pods of agents that ended before the run did, and why.
	Lost []string `json:"lost,omitempty"`
	// The pod with the run's log.
	Pod            string             `json:"pod,omitempty"`
	StartTime      *metav1.Time       `json:"startTime,omitempty"`
	CompletionTime *metav1.Time       `json:"completionTime,omitempty"`
	Conditions     []metav1.Condition `json:"conditions,omitempty"`
	// Words on fields of the spec that have no meaning here.
	Warnings []string `json:"warnings,omitempty"`
}

// Threshold that was crossed.
type Threshold struct {
	Metric     string `json:"metric"`
	Expression string `json:"expression"`
	Value      string `json:"value"`
}

// Figure of the summary.
type Figure struct {
	Metric string `json:"metric"`
	Values string `json:"values"`
}
