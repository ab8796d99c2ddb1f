package main

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

var groupVersion = schema.GroupVersion{Group: "batch.example.com", Version: "v1"}

type JobTracker struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`
	Spec              JobTrackerSpec   `json:"spec"`
	Status            JobTrackerStatus `json:"status,omitempty"`
}

type JobTrackerSpec struct {
	Selector metav1.LabelSelector `json:"selector"`
	Size     int                  `json:"size"`
}

type JobTrackerStatus struct {
	Active             int                `json:"active"`
	Succeeded          int                `json:"succeeded"`
	Failed             int                `json:"failed"`
	Nodes              []string           `json:"nodes"`
	ObservedGeneration int64              `json:"observedGeneration"`
	Conditions         []metav1.Condition `json:"conditions"`
}

type JobTrackerList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []JobTracker `json:"items"`
}

func (t *JobTracker) DeepCopyObject() runtime.Object {
	copied := *t
	copied.ObjectMeta = *t.ObjectMeta.DeepCopy()
	copied.Spec.Selector = *t.Spec.Selector.DeepCopy()
	copied.Status.Nodes = append([]string(nil), t.Status.Nodes...)
	copied.Status.Conditions = append([]metav1.Condition(nil), t.Status.Conditions...)
	return &copied
}

func (l *JobTrackerList) DeepCopyObject() runtime.Object {
	copied := *l
	copied.ListMeta = *l.ListMeta.DeepCopy()
	copied.Items = make([]JobTracker, len(l.Items))
	for i := range l.Items {
		copied.Items[i] = *l.Items[i].DeepCopyObject().(*JobTracker)
	}
	return &copied
}
