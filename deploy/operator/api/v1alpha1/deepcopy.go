package v1alpha1

import (
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// DeepCopyObject is what a scheme asks of its types.
func (in *TestRun) DeepCopyObject() runtime.Object { return in.DeepCopy() }

// DeepCopyObject is what a scheme asks of its types.
func (in *TestRunList) DeepCopyObject() runtime.Object {
	out := &TestRunList{TypeMeta: in.TypeMeta, Items: make([]TestRun, len(in.Items))}
	in.ListMeta.DeepCopyInto(&out.ListMeta)
	for i := range in.Items {
		out.Items[i] = *in.Items[i].DeepCopy()
	}
	return out
}

// DeepCopy shares nothing with what it is of.
func (in *TestRun) DeepCopy() *TestRun {
	if in == nil {
		return nil
	}
	out := &TestRun{TypeMeta: in.TypeMeta, Spec: in.Spec.deepCopy(), Status: in.Status.deepCopy()}
	in.ObjectMeta.DeepCopyInto(&out.ObjectMeta)
	return out
}

func (in TestRunSpec) deepCopy() TestRunSpec {
	out := in
	out.Args = slices.Clone(in.Args)
	out.Ports = slices.Clone(in.Ports)
	if in.Initializer != nil {
		pod := in.Initializer.deepCopy()
		out.Initializer = &pod
	}
	out.Starter = in.Starter.DeepCopy()
	out.Scuttle = in.Scuttle.DeepCopy()
	out.Runner = in.Runner.deepCopy()
	out.StartTimeout = clone(in.StartTimeout)
	return out
}

func (in Pod) deepCopy() Pod {
	out := in
	out.Affinity = in.Affinity.DeepCopy()
	out.Env = each(in.Env, (*corev1.EnvVar).DeepCopyInto)
	out.ImagePullSecrets = slices.Clone(in.ImagePullSecrets)
	out.Metadata = PodMetadata{Annotations: maps.Clone(in.Metadata.Annotations), Labels: maps.Clone(in.Metadata.Labels)}
	out.NodeSelector = maps.Clone(in.NodeSelector)
	out.Tolerations = each(in.Tolerations, (*corev1.Toleration).DeepCopyInto)
	out.TopologySpreadConstraints = each(in.TopologySpreadConstraints, (*corev1.TopologySpreadConstraint).DeepCopyInto)
	out.Resources = *in.Resources.DeepCopy()
	out.SecurityContext = in.SecurityContext.DeepCopy()
	out.ContainerSecurityContext = in.ContainerSecurityContext.DeepCopy()
	out.EnvFrom = each(in.EnvFrom, (*corev1.EnvFromSource).DeepCopyInto)
	out.ReadinessProbe = in.ReadinessProbe.DeepCopy()
	out.LivenessProbe = in.LivenessProbe.DeepCopy()
	out.InitContainers = each(in.InitContainers, (*InitContainer).deepCopyInto)
	out.Volumes = each(in.Volumes, (*corev1.Volume).DeepCopyInto)
	out.VolumeMounts = each(in.VolumeMounts, (*corev1.VolumeMount).DeepCopyInto)
	return out
}

func (in *InitContainer) deepCopyInto(out *InitContainer) {
	*out = *in
	out.Env = each(in.Env, (*corev1.EnvVar).DeepCopyInto)
	out.EnvFrom = each(in.EnvFrom, (*corev1.EnvFromSource).DeepCopyInto)
	out.Command = slices.Clone(in.Command)
	out.Args = slices.Clone(in.Args)
	out.VolumeMounts = each(in.VolumeMounts, (*corev1.VolumeMount).DeepCopyInto)
	out.Resources = *in.Resources.DeepCopy()
	out.RestartPolicy = clone(in.RestartPolicy)
}

func (in TestRunStatus) deepCopy() TestRunStatus {
	out := in
	out.ExitCode = clone(in.ExitCode)
	out.CrossedThresholds = slices.Clone(in.CrossedThresholds)
	out.Summary = slices.Clone(in.Summary)
	out.Lost = slices.Clone(in.Lost)
	out.StartTime = in.StartTime.DeepCopy()
	out.CompletionTime = in.CompletionTime.DeepCopy()
	out.Conditions = each(in.Conditions, (*metav1.Condition).DeepCopyInto)
	out.Warnings = slices.Clone(in.Warnings)
	return out
}

func clone[T any](in *T) *T {
	if in == nil {
		return nil
	}
	out := *in
	return &out
}

func each[T any](in []T, copyInto func(from, to *T)) []T {
	if in == nil {
		return nil
	}
	out := make([]T, len(in))
	for i := range in {
		copyInto(&in[i], &out[i])
	}
	return out
}
