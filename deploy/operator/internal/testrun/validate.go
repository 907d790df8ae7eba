package testrun

import (
	"fmt"
	"strings"

	"loadctl.dev/operator/api/v1alpha1"
)

// What the operator says itself.
var ownFlags = []string{"--controller", "--agents", "--tls-cert", "--tls-key", "--tls-ca", "--token-file", "--detach", "--wait"}

// arguments of `loadctl run`; an error names the field.
func arguments(spec v1alpha1.TestRunSpec) ([]string, error) {
	words := spec.Args
	field := "spec.args"
	if len(words) == 0 {
		field = "spec.arguments"
		var err error
		if words, err = Words(spec.Arguments); err != nil {
			return nil, err
		}
	}
	for _, word := range words {
		flag, _, _ := strings.Cut(word, "=")
		for _, own := range ownFlags {
			if flag == own {
				return nil, fmt.Errorf("%s: %s is the operator's to say; spec.parallelism is the number of agents", field, flag)
			}
		}
	}
	return words, nil
}

// validate what the resource's schema cannot; an error names the field.
func validate(spec v1alpha1.TestRunSpec) error {
	if spec.Parallelism < 1 || spec.Parallelism > 1000 {
		return fmt.Errorf("spec.parallelism: %d is not in 1..1000", spec.Parallelism)
	}
	if script := spec.Script; script.VolumeClaim.Name == "" && script.ConfigMap.Name == "" && script.LocalFile == "" {
		return fmt.Errorf("spec.script: name a volumeClaim, a configMap or a localFile")
	}
	if spec.Token != "" || spec.TestRunID != "" {
		return fmt.Errorf("spec.token, spec.testRunId: they are for k6's cloud, which loadctl does not use")
	}
	if spec.Cleanup != "" && spec.Cleanup != "post" {
		return fmt.Errorf("spec.cleanup: %q is neither empty nor post", spec.Cleanup)
	}
	_, err := arguments(spec)
	return err
}

// warnings on what is accepted and has no meaning here.
func warnings(spec v1alpha1.TestRunSpec) []string {
	var out []string
	if spec.Starter != nil {
		out = append(out, "spec.starter is not used: agents start together by themselves")
	}
	if spec.Scuttle != nil {
		out = append(out, "spec.scuttle is not used: pods end by themselves; a mesh's proxy should be a native sidecar")
	}
	if spec.Initializer != nil && spec.Initializer.Disabled {
		out = append(out, "spec.initializer.disabled is not used: a script is always read before it runs")
	}
	pods := map[string]*v1alpha1.Pod{"runner": &spec.Runner, "initializer": spec.Initializer}
	for _, name := range []string{"runner", "initializer"} {
		pod := pods[name]
		if pod == nil {
			continue
		}
		if pod.ReadinessProbe != nil || pod.LivenessProbe != nil {
			out = append(out, "probes of spec."+name+" are not used: agents have no port, and the controller hears of each once a second")
		}
		if isK6Image(pod.Image) {
			out = append(out, "spec."+name+".image "+pod.Image+" holds no loadctl: the operator's own image is used")
		}
	}
	return out
}
