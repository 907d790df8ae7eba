// Package testrun makes a run of a TestRun: one pod that has the controller and its client, which reads the
// script, judges and tells; N pods of agents; mutual TLS between them by certificates of this run alone.
package testrun

import (
	"fmt"
	"net"
	"path"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"loadctl.dev/operator/api/v1alpha1"
	"loadctl.dev/operator/internal/certs"
)

// Labels of everything that a run is made of.
const (
	labelUID  = "loadctl.dev/testrun-uid"
	labelName = "loadctl.dev/testrun"
	labelPart = "loadctl.dev/part"

	partRun   = "run"
	partAgent = "agent"

	port    = 6566
	tlsPath = "/run/loadctl/tls"
	user    = int64(65532)

	// ContainerRun is the container whose log and exit status are the run's.
	ContainerRun        = "run"
	containerController = "controller"
	containerAgent      = "agent"
)

// Images that the operator was told of.
type Images struct {
	Run   string // loadctl, loadctl-agent and loadctl-esbuild
	Agent string
}

// objects of one TestRun: pure functions of its spec.
type objects struct {
	run    *v1alpha1.TestRun
	images Images
}

// name of an object. The run's UID is in it, so that what an earlier TestRun of the same name left, and what
// is still being deleted, is in nobody's way.
func (o objects) name(part string) string {
	name := o.run.Name
	if len(name) > 40 {
		name = strings.TrimRight(name[:40], "-.")
	}
	uid := strings.ReplaceAll(string(o.run.UID), "-", "")
	if len(uid) > 8 {
		uid = uid[:8]
	}
	return strings.ReplaceAll(name, ".", "-") + "-" + uid + "-" + part
}

func (o objects) agentName(number int) string { return o.name(fmt.Sprintf("agent-%d", number)) }

func (o objects) selector(part string) map[string]string {
	return map[string]string{labelUID: string(o.run.UID), labelPart: part}
}

func (o objects) meta(name, part string) metav1.ObjectMeta {
	labels := o.selector(part)
	labels["app.kubernetes.io/name"] = "loadctl"
	labels["app.kubernetes.io/managed-by"] = "loadctl-operator"
	if len(o.run.Name) <= 63 {
		labels[labelName] = o.run.Name
	}
	owner := metav1.NewControllerRef(o.run, v1alpha1.GroupVersion.WithKind("TestRun"))
	return metav1.ObjectMeta{Name: name, Namespace: o.run.Namespace, Labels: labels, OwnerReferences: []metav1.OwnerReference{*owner}}
}

func (o objects) service() *corev1.Service {
	return &corev1.Service{
		ObjectMeta: o.meta(o.name("run"), partRun),
		Spec: corev1.ServiceSpec{
			Selector: o.selector(partRun),
			Ports:    []corev1.ServicePort{{Name: "grpc", Port: port, TargetPort: intstr.FromInt32(port)}},
			// Agents are let in by certificates; they may knock before the pod is ready.
			PublishNotReadyAddresses: true,
		},
	}
}

// secret of the run. `address` is the Service's, which agents dial: no name server is in between.
func (o objects) secret(address string) (*corev1.Secret, error) {
	const valid = 30 * 24 * time.Hour
	authority, err := certs.NewAuthority("loadctl "+o.run.Name, valid)
	if err != nil {
		return nil, err
	}
	secret := &corev1.Secret{ObjectMeta: o.meta(o.name("tls"), "tls"), Data: map[string][]byte{"ca.crt": authority.Certificate()}}
	for role, hosts := range map[certs.Role][]string{certs.Controller: {address, "localhost", "127.0.0.1"}, certs.Agent: nil, certs.Client: nil} {
		pair, err := authority.Issue(role, "loadctl "+string(role), hosts, valid)
		if err != nil {
			return nil, err
		}
		secret.Data[string(role)+".crt"], secret.Data[string(role)+".key"] = pair.Certificate, pair.Key
	}
	return secret, nil
}

// policies: agents are dialled by nobody, the controller by the run's agents only.
func (o objects) policies() []*networkingv1.NetworkPolicy {
	tcp := corev1.ProtocolTCP
	at := intstr.FromInt32(port)
	ingress := []networkingv1.NetworkPolicyIngressRule{{
		From:  []networkingv1.NetworkPolicyPeer{{PodSelector: &metav1.LabelSelector{MatchLabels: o.selector(partAgent)}}},
		Ports: []networkingv1.NetworkPolicyPort{{Protocol: &tcp, Port: &at}},
	}}
	for _, extra := range o.run.Spec.Ports {
		number := intstr.FromInt32(extra.ContainerPort)
		ingress = append(ingress, networkingv1.NetworkPolicyIngressRule{Ports: []networkingv1.NetworkPolicyPort{{Protocol: &tcp, Port: &number}}})
	}
	make := func(part string, ingress []networkingv1.NetworkPolicyIngressRule) *networkingv1.NetworkPolicy {
		return &networkingv1.NetworkPolicy{
			ObjectMeta: o.meta(o.name(part), part),
			Spec: networkingv1.NetworkPolicySpec{
				PodSelector: metav1.LabelSelector{MatchLabels: o.selector(part)},
				PolicyTypes: []networkingv1.PolicyType{networkingv1.PolicyTypeIngress},
				Ingress:     ingress,
			},
		}
	}
	return []*networkingv1.NetworkPolicy{make(partRun, ingress), make(partAgent, nil)}
}

// runPod has the controller as a sidecar, and beside it the client that reads the script and tells the result.
func (o objects) runPod(arguments []string) *corev1.Pod {
	spec := o.run.Spec
	of := spec.Runner
	if spec.Initializer != nil {
		of = *spec.Initializer
	}
	pod := o.pod(o.name("run"), partRun, of)
	image, pull := o.image(of, o.images.Run), of.ImagePullPolicy
	security := containerSecurity(of)
	always := corev1.ContainerRestartPolicyAlways
	tmp := corev1.VolumeMount{Name: "loadctl-tmp", MountPath: "/tmp"}
	tls := corev1.VolumeMount{Name: "loadctl-tls", MountPath: tlsPath, ReadOnly: true}
	pod.Spec.Volumes = append(pod.Spec.Volumes, of.Volumes...)
	pod.Spec.Volumes = append(pod.Spec.Volumes, o.tlsVolume(certs.Controller, certs.Client))

	mounts := []corev1.VolumeMount{tmp, tls}
	var scriptMount *corev1.VolumeMount
	if volume, mount := o.scriptVolume(); volume != nil {
		pod.Spec.Volumes = append(pod.Spec.Volumes, *volume)
		scriptMount = mount
		mounts = append(mounts, *mount)
	}
	mounts = append(mounts, of.VolumeMounts...)

	pod.Spec.InitContainers = []corev1.Container{{
		Name:            containerController,
		Image:           image,
		ImagePullPolicy: pull,
		RestartPolicy:   &always,
		Command:         []string{"loadctl", "controller"},
		Args: []string{"--listen", fmt.Sprintf("0.0.0.0:%d", port), "--tls-cert", tlsPath + "/controller.crt", "--tls-key", tlsPath + "/controller.key",
			"--tls-ca", tlsPath + "/ca.crt", "--wait-for-agents", o.startTimeout().String(), "--log-format", "json"},
		Env:             []corev1.EnvVar{{Name: "XDG_RUNTIME_DIR", Value: "/tmp"}},
		Resources:       runResources(spec),
		SecurityContext: security,
		VolumeMounts:    []corev1.VolumeMount{tmp, tls},
		StartupProbe: &corev1.Probe{ProbeHandler: corev1.ProbeHandler{TCPSocket: &corev1.TCPSocketAction{Port: intstr.FromInt32(port)}},
			PeriodSeconds: 1, FailureThreshold: 60},
	}}
	for i, given := range of.InitContainers {
		container := corev1.Container{Name: given.Name, Image: given.Image, Env: given.Env, EnvFrom: given.EnvFrom, Command: given.Command, Args: given.Args,
			WorkingDir: given.WorkingDir, VolumeMounts: given.VolumeMounts, Resources: given.Resources, RestartPolicy: given.RestartPolicy, SecurityContext: security}
		if container.Name == "" {
			container.Name = fmt.Sprintf("k6-init-%d", i)
		}
		if scriptMount != nil {
			container.VolumeMounts = append(container.VolumeMounts[:len(container.VolumeMounts):len(container.VolumeMounts)], *scriptMount)
		}
		pod.Spec.InitContainers = append(pod.Spec.InitContainers, container)
	}
	pod.Spec.Containers = []corev1.Container{{
		Name:            ContainerRun,
		Image:           image,
		ImagePullPolicy: pull,
		Command:         []string{"loadctl", "run"},
		Args:            o.runArguments(arguments),
		Env:             append([]corev1.EnvVar{{Name: "XDG_RUNTIME_DIR", Value: "/tmp"}}, of.Env...),
		EnvFrom:         of.EnvFrom,
		WorkingDir:      "/tmp",
		Ports:           spec.Ports,
		Resources:       runResources(spec),
		SecurityContext: security,
		VolumeMounts:    mounts,
		// The verdict comes by the container's status, so that nobody has to read it out of a log.
		TerminationMessagePath:   terminationMessage,
		TerminationMessagePolicy: corev1.TerminationMessageFallbackToLogsOnError,
	}}
	return pod
}

// A node that is drained waits so long for a run to end; an idle agent ends at once.
const drainLimit = 10 * time.Minute

const terminationMessage = "/dev/termination-log"

func (o objects) runArguments(given []string) []string {
	spec := o.run.Spec
	out := []string{"--controller", fmt.Sprintf("127.0.0.1:%d", port), "--agents", fmt.Sprint(spec.Parallelism), "--tls-cert", tlsPath + "/client.crt",
		"--tls-key", tlsPath + "/client.key", "--tls-ca", tlsPath + "/ca.crt", "--no-color", "--report", "brief=" + terminationMessage,
		"--tag", "testrun_name=" + o.run.Name}
	if spec.Quiet != "false" {
		out = append(out, "--quiet")
	}
	if spec.Paused == "true" {
		out = append(out, "--paused")
	}
	// Variables of runner.env are the script's, as they are to `k6 run` in a pod.
	systemVariables := "--include-system-env-vars"
	if !contains(given, systemVariables) {
		out = append(out, systemVariables)
	}
	return append(append(out, given...), o.scriptPath())
}

func contains(words []string, flag string) bool {
	for _, word := range words {
		if word == flag || strings.HasPrefix(word, flag+"=") {
			return true
		}
	}
	return false
}

// agentPod runs VUs. `address` is the Service's.
func (o objects) agentPod(number int, address string) *corev1.Pod {
	spec := o.run.Spec
	of := spec.Runner
	pod := o.pod(o.agentName(number), partAgent, of)
	grace := int64((drainLimit + 15*time.Second) / time.Second)
	pod.Spec.TerminationGracePeriodSeconds = &grace
	// By these k6-operator's manifests tell their pods apart, in affinities and constraints.
	for name, value := range map[string]string{"app": "k6", "k6_cr": o.run.Name, "runner": "true"} {
		if len(value) <= 63 {
			pod.Labels[name] = value
		}
	}
	if spec.Separate {
		pod.Spec.Affinity = &corev1.Affinity{PodAntiAffinity: &corev1.PodAntiAffinity{
			RequiredDuringSchedulingIgnoredDuringExecution: []corev1.PodAffinityTerm{{
				LabelSelector: &metav1.LabelSelector{MatchLabels: o.selector(partAgent)}, TopologyKey: "kubernetes.io/hostname"}}}}
	}
	pod.Spec.Volumes = append(pod.Spec.Volumes, o.tlsVolume(certs.Agent))
	mounts := []corev1.VolumeMount{{Name: "loadctl-tmp", MountPath: "/tmp"}, {Name: "loadctl-tls", MountPath: tlsPath, ReadOnly: true}}
	// Scripts and their data come from the run's pod; a claim need not be mounted on every node.
	kept := map[string]bool{}
	for _, volume := range of.Volumes {
		if volume.PersistentVolumeClaim == nil && volume.Ephemeral == nil {
			pod.Spec.Volumes = append(pod.Spec.Volumes, volume)
			kept[volume.Name] = true
		}
	}
	for _, mount := range of.VolumeMounts {
		if kept[mount.Name] {
			mounts = append(mounts, mount)
		}
	}
	container := corev1.Container{
		Name:            containerAgent,
		Image:           o.image(of, o.images.Agent),
		ImagePullPolicy: of.ImagePullPolicy,
		Command:         []string{"loadctl-agent"},
		Args: []string{"--controller", net.JoinHostPort(address, fmt.Sprint(port)), "--tls-cert", tlsPath + "/agent.crt", "--tls-key", tlsPath + "/agent.key",
			"--tls-ca", tlsPath + "/ca.crt", "--log-format", "json", "--drain-limit", drainLimit.String()},
		Env:                      agentEnvironment(of.Env),
		Resources:                of.Resources,
		SecurityContext:          containerSecurity(of),
		VolumeMounts:             mounts,
		TerminationMessagePolicy: corev1.TerminationMessageFallbackToLogsOnError,
	}
	pod.Spec.Containers = []corev1.Container{container}
	return pod
}

// agentEnvironment: an agent has no use for others, and a script does not see them there.
func agentEnvironment(all []corev1.EnvVar) []corev1.EnvVar {
	var out []corev1.EnvVar
	for _, one := range all {
		switch name := strings.ToUpper(one.Name); {
		case name == "HTTP_PROXY", name == "HTTPS_PROXY", name == "NO_PROXY", name == "ALL_PROXY", strings.HasPrefix(name, "SSL_CERT_"), strings.HasPrefix(name, "LOADCTL_"):
			out = append(out, one)
		}
	}
	return out
}

// pod as both kinds have it.
func (o objects) pod(name, part string, of v1alpha1.Pod) *corev1.Pod {
	meta := o.meta(name, part)
	for key, value := range of.Metadata.Labels {
		if _, ours := meta.Labels[key]; !ours {
			meta.Labels[key] = value
		}
	}
	meta.Annotations = map[string]string{}
	for key, value := range of.Metadata.Annotations {
		meta.Annotations[key] = value
	}
	no, automount := false, of.AutomountServiceAccountToken == "true"
	grace := int64(30)
	size := sizeOfTmp.DeepCopy()
	security := of.SecurityContext
	if security == nil {
		security = podSecurity()
	}
	return &corev1.Pod{ObjectMeta: meta, Spec: corev1.PodSpec{
		// What a pod measured is gone with it: a second one could not go on.
		RestartPolicy:                 corev1.RestartPolicyNever,
		ServiceAccountName:            of.ServiceAccountName,
		AutomountServiceAccountToken:  &automount,
		EnableServiceLinks:            &no,
		TerminationGracePeriodSeconds: &grace,
		SecurityContext:               security,
		Affinity:                      of.Affinity,
		NodeSelector:                  of.NodeSelector,
		Tolerations:                   of.Tolerations,
		TopologySpreadConstraints:     of.TopologySpreadConstraints,
		ImagePullSecrets:              of.ImagePullSecrets,
		PriorityClassName:             of.PriorityClassName,
		SchedulerName:                 of.SchedulerName,
		Volumes:                       []corev1.Volume{{Name: "loadctl-tmp", VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{SizeLimit: &size}}}},
	}}
}

// image of a pod. Those of k6 itself hold no loadctl; `default` stands for them.
func (o objects) image(of v1alpha1.Pod, usual string) string {
	if of.Image == "" || isK6Image(of.Image) {
		return usual
	}
	return of.Image
}

func isK6Image(image string) bool {
	name, _, _ := strings.Cut(image, "@")
	if slash := strings.LastIndex(name, "/"); slash >= 0 {
		base, _, _ := strings.Cut(name[slash:], ":")
		name = name[:slash] + base
	}
	for _, registry := range []string{"docker.io/", "index.docker.io/", "ghcr.io/", "registry.hub.docker.com/"} {
		name = strings.TrimPrefix(name, registry)
	}
	return name == "grafana/k6" || name == "loadimpact/k6" || name == "grafana/k6-operator"
}

func (o objects) tlsVolume(roles ...certs.Role) corev1.Volume {
	mode := int32(0o440)
	items := []corev1.KeyToPath{{Key: "ca.crt", Path: "ca.crt"}}
	for _, role := range roles {
		for _, kind := range []string{".crt", ".key"} {
			items = append(items, corev1.KeyToPath{Key: string(role) + kind, Path: string(role) + kind})
		}
	}
	return corev1.Volume{Name: "loadctl-tls", VolumeSource: corev1.VolumeSource{Secret: &corev1.SecretVolumeSource{SecretName: o.name("tls"), Items: items, DefaultMode: &mode}}}
}

const scriptFolder = "/test"

func (o objects) scriptPath() string {
	script := o.run.Spec.Script
	switch {
	case script.VolumeClaim.Name != "":
		if path.IsAbs(script.VolumeClaim.File) {
			return script.VolumeClaim.File
		}
		return path.Join(scriptFolder, fileOr(script.VolumeClaim.File))
	case script.ConfigMap.Name != "":
		return path.Join(scriptFolder, fileOr(script.ConfigMap.File))
	}
	return script.LocalFile
}

func fileOr(file string) string {
	if file == "" {
		return "test.js"
	}
	return file
}

// scriptVolume is nil where the script is in the image.
func (o objects) scriptVolume() (*corev1.Volume, *corev1.VolumeMount) {
	script := o.run.Spec.Script
	const name = "loadctl-script"
	switch {
	case script.VolumeClaim.Name != "":
		folder := scriptFolder
		if path.IsAbs(script.VolumeClaim.File) {
			folder = path.Dir(script.VolumeClaim.File)
		}
		return &corev1.Volume{Name: name, VolumeSource: corev1.VolumeSource{PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{
				ClaimName: script.VolumeClaim.Name, ReadOnly: script.VolumeClaim.ReadOnly}}},
			&corev1.VolumeMount{Name: name, MountPath: folder, ReadOnly: script.VolumeClaim.ReadOnly}
	case script.ConfigMap.Name != "":
		return &corev1.Volume{Name: name, VolumeSource: corev1.VolumeSource{ConfigMap: &corev1.ConfigMapVolumeSource{
				LocalObjectReference: corev1.LocalObjectReference{Name: script.ConfigMap.Name}}}},
			&corev1.VolumeMount{Name: name, MountPath: scriptFolder, ReadOnly: true}
	}
	return nil, nil
}

func (o objects) startTimeout() time.Duration {
	if given := o.run.Spec.StartTimeout; given != nil && given.Duration > 0 {
		return given.Duration
	}
	return 10 * time.Minute
}
