package testrun

import (
	"context"
	"fmt"
	"net"
	"sort"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/record"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"loadctl.dev/operator/api/v1alpha1"
)

const (
	lookAgain = 5 * time.Second
	// Agents that ended before the run began are made again, so many times for each that is wanted.
	renewals = 3
	keptLost = 20
	// A pod that is being deleted and whose node does not answer is waited for so much longer than it was given.
	nodePatience = time.Minute
)

// Reconciler brings what there is closer to what a TestRun says.
type Reconciler struct {
	client.Client
	// Direct reads what is not worth a cache; Client if nil.
	Direct client.Reader
	Events record.EventRecorder
	Images Images
	Now    func() time.Time
}

// SetupWithManager makes the manager call Reconcile.
func (r *Reconciler) SetupWithManager(manager ctrl.Manager) error {
	return ctrl.NewControllerManagedBy(manager).For(&v1alpha1.TestRun{}).Owns(&corev1.Pod{}).Complete(r)
}

// Reconcile one TestRun.
func (r *Reconciler) Reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	var run v1alpha1.TestRun
	if err := r.Get(ctx, request.NamespacedName, &run); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	if run.DeletionTimestamp != nil {
		return ctrl.Result{}, nil // what it owns goes with it
	}
	before := run.DeepCopy()
	step := step{Reconciler: r, run: &run, objects: objects{run: &run, images: r.Images}}
	result, err := step.take(ctx)
	if !equality.Semantic.DeepEqual(before.Status, run.Status) {
		if updated := r.Status().Update(ctx, &run); updated != nil {
			if apierrors.IsConflict(updated) {
				return ctrl.Result{RequeueAfter: time.Second}, nil
			}
			return ctrl.Result{}, client.IgnoreNotFound(updated)
		}
	}
	// After the verdict is written down.
	if err == nil && step.ended() {
		err = step.tidy(ctx)
	}
	return result, err
}

// step is one look at one TestRun.
type step struct {
	*Reconciler
	objects
	run *v1alpha1.TestRun
}

func (s *step) ended() bool {
	return s.run.Status.Stage == v1alpha1.StageFinished || s.run.Status.Stage == v1alpha1.StageError
}

func (s *step) take(ctx context.Context) (ctrl.Result, error) {
	if s.ended() {
		return ctrl.Result{}, nil
	}
	spec, status := s.run.Spec, &s.run.Status
	if err := validate(spec); err != nil {
		s.end(outcome{verdict: v1alpha1.VerdictError, cause: err.Error()})
		return ctrl.Result{}, nil
	}
	if status.StartTime == nil {
		now := metav1.NewTime(s.now())
		status.StartTime = &now
		status.Stage = v1alpha1.StageInitialization
		status.Warnings = warnings(spec)
		for _, warning := range status.Warnings {
			s.event(corev1.EventTypeWarning, "NotUsed", warning)
		}
	}
	problem, err := s.scriptProblem(ctx)
	if err != nil {
		return ctrl.Result{}, err
	}
	var pods podsOf
	if problem == "" {
		if pods, problem, err = s.make(ctx); err != nil {
			return ctrl.Result{}, err
		}
	}
	return s.look(pods, problem)
}

// scriptProblem says what is not there that pods would wait for without a word.
func (s *step) scriptProblem(ctx context.Context) (string, error) {
	script := s.run.Spec.Script
	direct := s.direct()
	switch {
	case script.VolumeClaim.Name != "":
		var claim corev1.PersistentVolumeClaim
		err := direct.Get(ctx, client.ObjectKey{Namespace: s.run.Namespace, Name: script.VolumeClaim.Name}, &claim)
		if apierrors.IsNotFound(err) {
			return fmt.Sprintf("spec.script.volumeClaim: there is no PersistentVolumeClaim %q", script.VolumeClaim.Name), nil
		}
		return "", err
	case script.ConfigMap.Name != "":
		var config corev1.ConfigMap
		err := direct.Get(ctx, client.ObjectKey{Namespace: s.run.Namespace, Name: script.ConfigMap.Name}, &config)
		if apierrors.IsNotFound(err) {
			return fmt.Sprintf("spec.script.configMap: there is no ConfigMap %q (a script over its 1 MiB: use a volumeClaim, or a configMap with the .tar of `loadctl archive`)", script.ConfigMap.Name), nil
		}
		if err != nil {
			return "", err
		}
		file := fileOr(script.ConfigMap.File)
		_, text := config.Data[file]
		_, binary := config.BinaryData[file]
		if !text && !binary {
			return fmt.Sprintf("spec.script.configMap: ConfigMap %q has no file %q", config.Name, file), nil
		}
	}
	return "", nil
}

// podsOf a run: nil where there is none.
type podsOf struct {
	run    *corev1.Pod
	agents map[string]*corev1.Pod
}

// make what is missing. A problem is what only somebody else can mend.
func (s *step) make(ctx context.Context) (podsOf, string, error) {
	address, problem, err := s.makeService(ctx)
	if err != nil || problem != "" {
		return podsOf{}, problem, err
	}
	for _, policy := range s.policies() {
		if err := s.create(ctx, policy); err != nil {
			return podsOf{}, "", err
		}
	}
	pods, err := s.pods(ctx)
	if err != nil {
		return pods, "", err
	}
	words, err := arguments(s.run.Spec)
	if err != nil {
		return pods, "", err
	}
	if pods.run == nil && s.run.Status.Pod != "" {
		// The cache may be behind what was made a moment ago.
		var pod corev1.Pod
		err := s.direct().Get(ctx, client.ObjectKey{Namespace: s.run.Namespace, Name: s.run.Status.Pod}, &pod)
		if client.IgnoreNotFound(err) != nil {
			return pods, "", err
		}
		if err == nil {
			pods.run = &pod
		}
	}
	if pods.run == nil && s.run.Status.Pod == "" {
		secret, err := s.secret(address)
		if err != nil {
			return pods, "", err
		}
		if err := s.create(ctx, secret); err != nil {
			return pods, "", err
		}
		made := s.runPod(words)
		if problem, err := s.createPod(ctx, made); problem != "" || err != nil {
			return pods, problem, err
		}
		pods.run = made
		s.run.Status.Pod = made.Name
	}
	problem, err = s.makeAgents(ctx, pods, address)
	if problem == "" && err == nil && s.run.Status.Stage == v1alpha1.StageInitialization {
		s.run.Status.Stage = v1alpha1.StageCreated
	}
	return pods, problem, err
}

func (s *step) makeService(ctx context.Context) (string, string, error) {
	wanted := s.service()
	if err := s.create(ctx, wanted); err != nil {
		return "", "", err
	}
	var there corev1.Service
	if err := s.direct().Get(ctx, client.ObjectKeyFromObject(wanted), &there); err != nil {
		return "", "", err
	}
	if net.ParseIP(there.Spec.ClusterIP) == nil {
		return "", "the Service " + there.Name + " has no cluster IP yet", nil
	}
	return there.Spec.ClusterIP, "", nil
}

// makeAgents: those that are missing, and, while the run has not begun, those that have ended.
func (s *step) makeAgents(ctx context.Context, pods podsOf, address string) (string, error) {
	if pods.run == nil || terminated(pods.run, ContainerRun) != nil {
		return "", nil
	}
	status := &s.run.Status
	for number := 1; number <= int(s.run.Spec.Parallelism); number++ {
		name := s.agentName(number)
		pod := pods.agents[name]
		if pod != nil && pod.Status.Phase != corev1.PodFailed && pod.Status.Phase != corev1.PodSucceeded {
			continue
		}
		if pod != nil {
			if pod.DeletionTimestamp != nil {
				continue
			}
			why := fmt.Sprintf("%s: %s", pod.Name, whyEnded(pod))
			if status.Stage == v1alpha1.StageStarted {
				s.noteLost(why)
				continue // the run ends by itself, and says so
			}
			if len(status.Lost) >= renewals*int(s.run.Spec.Parallelism) || len(status.Lost) >= keptLost {
				return "agents end as soon as they start: " + why, nil
			}
			delete(pods.agents, name)
			// Looked at again from a cache that is behind, it is gone, and counted already.
			if err := s.Delete(ctx, pod, client.Preconditions{UID: &pod.UID}); err != nil {
				if apierrors.IsNotFound(err) || apierrors.IsConflict(err) {
					continue
				}
				return "", err
			}
			s.noteLost(why)
			continue // its name is free when it is gone, of which we are told
		}
		if status.Stage == v1alpha1.StageStarted {
			s.noteLost(name + ": deleted")
			continue
		}
		made := s.agentPod(number, address)
		if problem, err := s.createPod(ctx, made); problem != "" || err != nil {
			return problem, err
		}
		pods.agents[name] = made
	}
	return "", nil
}

func (s *step) noteLost(what string) {
	status := &s.run.Status
	for _, known := range status.Lost {
		if known == what && status.Stage == v1alpha1.StageStarted {
			return
		}
	}
	if len(status.Lost) < keptLost {
		status.Lost = append(status.Lost, what)
		s.event(corev1.EventTypeWarning, "AgentLost", what)
	}
}

func (s *step) create(ctx context.Context, object client.Object) error {
	err := s.Create(ctx, object)
	if apierrors.IsAlreadyExists(err) {
		return nil
	}
	return err
}

// createPod: refusals (quota, Pod Security, a ServiceAccount that is not there) are problems to be told.
func (s *step) createPod(ctx context.Context, pod *corev1.Pod) (string, error) {
	err := s.create(ctx, pod)
	if apierrors.IsForbidden(err) || apierrors.IsInvalid(err) || apierrors.IsBadRequest(err) {
		return err.Error(), nil
	}
	return "", err
}

func (s *step) pods(ctx context.Context) (podsOf, error) {
	var list corev1.PodList
	out := podsOf{agents: map[string]*corev1.Pod{}}
	if err := s.List(ctx, &list, client.InNamespace(s.run.Namespace), client.MatchingLabels{labelUID: string(s.run.UID)}); err != nil {
		return out, err
	}
	for i := range list.Items {
		pod := &list.Items[i]
		switch pod.Labels[labelPart] {
		case partRun:
			out.run = pod
		case partAgent:
			out.agents[pod.Name] = pod
		}
	}
	return out, nil
}

// look at what the pods do.
func (s *step) look(pods podsOf, problem string) (ctrl.Result, error) {
	status := &s.run.Status
	running := 0
	for _, name := range sorted(pods.agents) {
		pod := pods.agents[name]
		if pod.Status.Phase == corev1.PodRunning && pod.DeletionTimestamp == nil {
			running++
		} else if problem == "" {
			problem = prefixed(name, inTheWay(pod))
		}
	}
	status.Agents = fmt.Sprintf("%d/%d", running, s.run.Spec.Parallelism)
	runs := false
	switch pod := pods.run; {
	case pod == nil && status.Pod == "":
	case pod == nil, s.isGone(pod):
		s.end(outcome{verdict: v1alpha1.VerdictIncomplete, cause: "the run's pod " + status.Pod + " was deleted or its node is gone"})
		return ctrl.Result{}, nil
	case terminated(pod, ContainerRun) != nil:
		s.end(outcomeOf(*terminated(pod, ContainerRun)))
		return ctrl.Result{}, nil
	case pod.Status.Phase == corev1.PodFailed || pod.Status.Phase == corev1.PodSucceeded:
		s.end(outcome{verdict: v1alpha1.VerdictIncomplete, cause: "the run's pod: " + or(inTheWay(pod), whyEnded(pod))})
		return ctrl.Result{}, nil
	default:
		runs = pod.Status.Phase == corev1.PodRunning
		if waiting := inTheWay(pod); waiting != "" && !runs {
			problem = prefixed(pod.Name, waiting)
		}
	}
	if runs && running == int(s.run.Spec.Parallelism) && status.Stage != v1alpha1.StageStarted {
		status.Stage = v1alpha1.StageStarted
		s.event(corev1.EventTypeNormal, "Started", "all agents run")
	}
	if status.Stage == v1alpha1.StageStarted {
		s.condition(v1alpha1.ConditionAgentsReady, metav1.ConditionTrue, "AllRun", "")
		s.condition(v1alpha1.ConditionRunning, metav1.ConditionTrue, "Started", "")
		status.Cause = ""
		return ctrl.Result{RequeueAfter: 6 * lookAgain}, nil
	}
	status.Cause = problem
	s.condition(v1alpha1.ConditionAgentsReady, metav1.ConditionFalse, "Waiting", problem)
	s.condition(v1alpha1.ConditionRunning, metav1.ConditionFalse, "Waiting", problem)
	left := status.StartTime.Add(s.startTimeout()).Sub(s.now())
	if left <= 0 {
		s.end(outcome{verdict: v1alpha1.VerdictError,
			cause: fmt.Sprintf("the test did not start within %s (spec.startTimeout), %s agents run: %s", s.startTimeout(), status.Agents, or(problem, "pods are not running"))})
		return ctrl.Result{}, nil
	}
	return ctrl.Result{RequeueAfter: min(left, lookAgain)}, nil
}

// isGone: it is being deleted, and nobody does it.
func (s *step) isGone(pod *corev1.Pod) bool {
	return pod.DeletionTimestamp != nil && s.now().After(pod.DeletionTimestamp.Add(nodePatience))
}

// end the TestRun.
func (s *step) end(with outcome) {
	status := &s.run.Status
	now := metav1.NewTime(s.now())
	status.Stage, status.Verdict, status.ExitCode, status.Cause = stageOf(with.verdict), with.verdict, with.code, with.cause
	if with.verdict == v1alpha1.VerdictIncomplete && len(status.Lost) > 0 {
		status.Cause += " (" + strings.Join(status.Lost, "; ") + ")"
	}
	status.CrossedThresholds, status.Summary = with.crossed, with.summary
	status.CompletionTime = &now
	s.condition(v1alpha1.ConditionRunning, metav1.ConditionFalse, "Ended", "")
	passed, kind := metav1.ConditionFalse, corev1.EventTypeWarning
	if with.verdict == v1alpha1.VerdictPassed {
		passed, kind = metav1.ConditionTrue, corev1.EventTypeNormal
	}
	reason := strings.ToUpper(string(with.verdict[:1])) + string(with.verdict[1:])
	s.condition(v1alpha1.ConditionPassed, passed, reason, status.Cause)
	s.event(kind, reason, or(status.Cause, "the run passed"))
}

// tidy takes away what no ended run needs. The run's pod stays for its log, unless all is to go.
func (s *step) tidy(ctx context.Context) error {
	if s.run.Spec.Cleanup == "post" {
		return client.IgnoreNotFound(s.Delete(ctx, s.run, client.PropagationPolicy(metav1.DeletePropagationBackground)))
	}
	pods, err := s.pods(ctx)
	if err != nil {
		return err
	}
	var going []client.Object
	for _, pod := range pods.agents {
		going = append(going, pod)
	}
	if pods.run != nil && terminated(pods.run, ContainerRun) == nil {
		going = append(going, pods.run)
	}
	going = append(going, s.service())
	going = append(going, &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: s.run.Namespace, Name: s.name("tls")}})
	for _, policy := range s.policies() {
		going = append(going, &networkingv1.NetworkPolicy{ObjectMeta: metav1.ObjectMeta{Namespace: s.run.Namespace, Name: policy.Name}})
	}
	for _, object := range going {
		if object.GetDeletionTimestamp() != nil {
			continue
		}
		if err := s.Delete(ctx, object); client.IgnoreNotFound(err) != nil {
			return err
		}
	}
	return nil
}

func (s *step) condition(kind string, status metav1.ConditionStatus, reason, message string) {
	meta.SetStatusCondition(&s.run.Status.Conditions, metav1.Condition{Type: kind, Status: status, Reason: reason, Message: message,
		ObservedGeneration: s.run.Generation, LastTransitionTime: metav1.NewTime(s.now())})
}

func (s *step) event(kind, reason, message string) {
	if s.Events != nil {
		s.Events.Event(s.run, kind, reason, message)
	}
}

func (s *step) now() time.Time {
	if s.Now != nil {
		return s.Now()
	}
	return time.Now()
}

func (s *step) direct() client.Reader {
	if s.Direct != nil {
		return s.Direct
	}
	return s.Client
}

func sorted(pods map[string]*corev1.Pod) []string {
	names := make([]string, 0, len(pods))
	for name := range pods {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

func prefixed(name, text string) string {
	if text == "" {
		return ""
	}
	return name + ": " + text
}

func or(first, second string) string {
	if first != "" {
		return first
	}
	return second
}
