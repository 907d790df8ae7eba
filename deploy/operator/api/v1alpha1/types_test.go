package v1alpha1

import (
	"encoding/json"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/yaml"
)

type node struct {
	Properties           map[string]node `json:"properties"`
	Items                *node           `json:"items"`
	AdditionalProperties *node           `json:"additionalProperties"`
	Preserve             bool            `json:"x-kubernetes-preserve-unknown-fields"`
}

// The resource's definition is part of the Helm chart; a field that it lacks would be dropped without a word.
func TestTheDefinitionHasTheFieldsOfTheTypes(t *testing.T) {
	text, err := os.ReadFile("../../../helm/loadctl/files/testruns.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var definition struct {
		Spec struct {
			Versions []struct {
				Name   string
				Schema struct {
					OpenAPIV3Schema node `json:"openAPIV3Schema"`
				}
			}
		}
	}
	if err := yaml.Unmarshal(text, &definition); err != nil {
		t.Fatal(err)
	}
	version := definition.Spec.Versions[0]
	if version.Name != GroupVersion.Version {
		t.Errorf("version %s", version.Name)
	}
	compare(t, "spec", reflect.TypeOf(TestRunSpec{}), version.Schema.OpenAPIV3Schema.Properties["spec"])
	compare(t, "status", reflect.TypeOf(TestRunStatus{}), version.Schema.OpenAPIV3Schema.Properties["status"])
}

func compare(t *testing.T, path string, kind reflect.Type, schema node) {
	for kind.Kind() == reflect.Pointer {
		kind = kind.Elem()
	}
	if kind.Kind() == reflect.Slice && schema.Items != nil {
		compare(t, path+"[]", kind.Elem(), *schema.Items)
		return
	}
	// What is Kubernetes' own is told by its schema, or kept as it is.
	if kind.Kind() != reflect.Struct || schema.Preserve || !strings.HasPrefix(kind.PkgPath(), reflect.TypeOf(TestRun{}).PkgPath()) {
		return
	}
	var names []string
	for i := range kind.NumField() {
		name, _, _ := strings.Cut(kind.Field(i).Tag.Get("json"), ",")
		names = append(names, name)
		property, known := schema.Properties[name]
		if !known {
			t.Errorf("%s.%s is not in the definition", path, name)
			continue
		}
		compare(t, path+"."+name, kind.Field(i).Type, property)
	}
	for name := range schema.Properties {
		if !slices.Contains(names, name) {
			t.Errorf("%s.%s is not in the types", path, name)
		}
	}
}

// Each field is filled, and the copy changed: the first must stay as it was.
func TestACopySharesNothing(t *testing.T) {
	run := &TestRun{}
	fill(reflect.ValueOf(&run.Spec).Elem(), 6)
	fill(reflect.ValueOf(&run.Status).Elem(), 6)
	before, err := json.Marshal(run)
	if err != nil {
		t.Fatal(err)
	}
	if copied, _ := json.Marshal(run.DeepCopy()); string(copied) != string(before) {
		t.Fatalf("%s\n%s", before, copied)
	}
	shared(t, "spec", reflect.ValueOf(run.Spec), reflect.ValueOf(run.DeepCopy().Spec))
	shared(t, "status", reflect.ValueOf(run.Status), reflect.ValueOf(run.DeepCopy().Status))
}

func shared(t *testing.T, path string, a, b reflect.Value) {
	switch a.Kind() {
	case reflect.Pointer:
		if !a.IsNil() && a.Pointer() == b.Pointer() {
			t.Errorf("%s is shared", path)
		} else if !a.IsNil() {
			shared(t, path, a.Elem(), b.Elem())
		}
	case reflect.Slice, reflect.Map:
		if a.Len() > 0 && a.Pointer() == b.Pointer() {
			t.Errorf("%s is shared", path)
		}
		for i := 0; a.Kind() == reflect.Slice && i < a.Len(); i++ {
			shared(t, path+"[]", a.Index(i), b.Index(i))
		}
	case reflect.Struct:
		for i := range a.NumField() {
			if a.Type().Field(i).IsExported() {
				shared(t, path+"."+a.Type().Field(i).Name, a.Field(i), b.Field(i))
			}
		}
	}
}

// fill with one of everything, down to a depth.
func fill(value reflect.Value, depth int) {
	if depth == 0 || !value.CanSet() {
		return
	}
	switch value.Kind() {
	case reflect.Pointer:
		if value.Type() == reflect.TypeOf(&runtime.RawExtension{}) {
			value.Set(reflect.ValueOf(&runtime.RawExtension{Raw: []byte("{}")}))
			return
		}
		value.Set(reflect.New(value.Type().Elem()))
		fill(value.Elem(), depth-1)
	case reflect.Slice:
		value.Set(reflect.MakeSlice(value.Type(), 1, 1))
		fill(value.Index(0), depth-1)
	case reflect.String:
		value.SetString("x")
	case reflect.Map:
		if value.Type().Key().Kind() == reflect.String && value.Type().Elem().Kind() == reflect.String {
			value.Set(reflect.ValueOf(map[string]string{"x": "y"}).Convert(value.Type()))
		}
	case reflect.Struct:
		if value.Type().PkgPath() == "k8s.io/apimachinery/pkg/apis/meta/v1" && value.Type().Name() == "Time" {
			return
		}
		for i := range value.NumField() {
			fill(value.Field(i), depth-1)
		}
	}
}
