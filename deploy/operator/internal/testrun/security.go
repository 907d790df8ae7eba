package testrun

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"loadctl.dev/operator/api/v1alpha1"
)

var sizeOfTmp = resource.MustParse("1Gi")

// podSecurity is what the standard "restricted" of Pod Security asks for.
func podSecurity() *corev1.PodSecurityContext {
	yes, id := true, user
	return &corev1.PodSecurityContext{RunAsNonRoot: &yes, RunAsUser: &id, RunAsGroup: &id, FSGroup: &id,
		SeccompProfile: &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeRuntimeDefault}}
}

func containerSecurity(of v1alpha1.Pod) *corev1.SecurityContext {
	if of.ContainerSecurityContext != nil {
		return of.ContainerSecurityContext
	}
	yes, no := true, false
	return &corev1.SecurityContext{AllowPrivilegeEscalation: &no, ReadOnlyRootFilesystem: &yes,
		Capabilities: &corev1.Capabilities{Drop: []corev1.Capability{"ALL"}}}
}

// runResources of the run's pod: what is written for agents is not for it.
func runResources(spec v1alpha1.TestRunSpec) corev1.ResourceRequirements {
	if spec.Initializer != nil && (len(spec.Initializer.Resources.Requests) > 0 || len(spec.Initializer.Resources.Limits) > 0) {
		return spec.Initializer.Resources
	}
	return corev1.ResourceRequirements{Requests: corev1.ResourceList{
		corev1.ResourceCPU: resource.MustParse("100m"), corev1.ResourceMemory: resource.MustParse("128Mi")}}
}
