package testrun

import (
	"encoding/json"
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"loadctl.dev/operator/api/v1alpha1"
)

// outcome of a run, as its status has it.
type outcome struct {
	verdict v1alpha1.Verdict
	code    *int32
	cause   string
	crossed []v1alpha1.Threshold
	summary []v1alpha1.Figure
}

// brief is what `loadctl run --report brief=FILE` writes.
type brief struct {
	Verdict string               `json:"verdict"`
	Code    int32                `json:"code"`
	Cause   *string              `json:"cause"`
	Crossed []v1alpha1.Threshold `json:"crossed"`
	Figures []v1alpha1.Figure    `json:"figures"`
}

// outcomeOf the container that ran the test. The program's word counts, then its exit status; a container that
// was killed has neither.
func outcomeOf(ended corev1.ContainerStateTerminated) outcome {
	code := ended.ExitCode
	out := outcome{code: &code, verdict: verdictOf(code)}
	var said brief
	if err := json.Unmarshal([]byte(ended.Message), &said); err == nil && said.Code == code && isVerdict(said.Verdict) {
		out.verdict = v1alpha1.Verdict(said.Verdict)
		out.crossed, out.summary = said.Crossed, said.Figures
		if said.Cause != nil {
			out.cause = *said.Cause
		}
		return out
	}
	switch {
	case code == 0 && ended.Reason != "OOMKilled":
		// It says what it did; it was not heard.
	case ended.Reason == "OOMKilled" || ended.Signal != 0 || code > 128 && code < 255:
		out.verdict = v1alpha1.VerdictIncomplete
		out.cause = "the container with the controller's client was killed: " + reason(ended)
	default:
		out.cause = lastLine(ended.Message)
		if out.cause == "" {
			out.cause = fmt.Sprintf("loadctl run ended with exit status %d", code)
		}
	}
	return out
}

// verdictOf an exit status: docs/exit-codes.md.
func verdictOf(code int32) v1alpha1.Verdict {
	switch code {
	case 0:
		return v1alpha1.VerdictPassed
	case 99, 110, 112:
		return v1alpha1.VerdictFailed
	case 103, 105, 108:
		return v1alpha1.VerdictAborted
	case 111:
		return v1alpha1.VerdictIncomplete
	}
	return v1alpha1.VerdictError
}

func isVerdict(word string) bool {
	switch v1alpha1.Verdict(word) {
	case v1alpha1.VerdictPassed, v1alpha1.VerdictFailed, v1alpha1.VerdictAborted, v1alpha1.VerdictIncomplete, v1alpha1.VerdictError:
		return true
	}
	return false
}

// stageOf a run that ended: "finished" is for one whose figures are whole.
func stageOf(verdict v1alpha1.Verdict) v1alpha1.Stage {
	if verdict == v1alpha1.VerdictIncomplete || verdict == v1alpha1.VerdictError {
		return v1alpha1.StageError
	}
	return v1alpha1.StageFinished
}

func reason(ended corev1.ContainerStateTerminated) string {
	text := ended.Reason
	if text == "" || text == "Error" {
		text = fmt.Sprintf("exit status %d", ended.ExitCode)
	}
	if line := lastLine(ended.Message); line != "" {
		text += ": " + line
	}
	return text
}

func lastLine(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	line := strings.TrimSpace(lines[len(lines)-1])
	if len(line) > 500 {
		line = strings.ToValidUTF8(line[:500], "") + "..."
	}
	return line
}

// inTheWay says what keeps a pod from running; empty: nothing that it tells.
func inTheWay(pod *corev1.Pod) string {
	for _, condition := range pod.Status.Conditions {
		if condition.Type == corev1.PodScheduled && condition.Status == corev1.ConditionFalse {
			return condition.Reason + ": " + condition.Message
		}
	}
	for _, list := range [][]corev1.ContainerStatus{pod.Status.InitContainerStatuses, pod.Status.ContainerStatuses} {
		for _, status := range list {
			if waiting := status.State.Waiting; waiting != nil && waiting.Reason != "" && waiting.Reason != "ContainerCreating" && waiting.Reason != "PodInitializing" {
				return strings.TrimSuffix(waiting.Reason+": "+waiting.Message, ": ")
			}
			if ended := status.State.Terminated; ended != nil && ended.ExitCode != 0 {
				return "container " + status.Name + ": " + reason(*ended)
			}
		}
	}
	return ""
}

// whyEnded says why a pod of an agent ended.
func whyEnded(pod *corev1.Pod) string {
	for _, status := range pod.Status.ContainerStatuses {
		if ended := status.State.Terminated; ended != nil {
			if pod.Status.Reason != "" {
				return pod.Status.Reason + " (" + reason(*ended) + ")"
			}
			return reason(*ended)
		}
	}
	if pod.Status.Reason != "" {
		return strings.TrimSuffix(pod.Status.Reason+": "+pod.Status.Message, ": ")
	}
	if pod.DeletionTimestamp != nil {
		return "deleted"
	}
	return "ended"
}

func terminated(pod *corev1.Pod, container string) *corev1.ContainerStateTerminated {
	for _, status := range pod.Status.ContainerStatuses {
		if status.Name == container {
			return status.State.Terminated
		}
	}
	return nil
}
