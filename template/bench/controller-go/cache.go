package main

import (
	"context"
	"maps"
	"slices"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// The same indexes as in internal/jobtracker/selection.ts.
const (
	labelIndex = "label"
	jobIndex   = "job"
	uidIndex   = "uid"
	anyLabel   = "*"
)

func addIndexes(ctx context.Context, indexer client.FieldIndexer) error {
	for _, index := range []struct {
		object client.Object
		field  string
		values client.IndexerFunc
	}{
		{&JobTracker{}, labelIndex, func(o client.Object) []string { return []string{labelOfTracker(o.(*JobTracker))} }},
		{&batchv1.Job{}, labelIndex, labelsOfJob},
		{&batchv1.Job{}, uidIndex, func(o client.Object) []string { return []string{string(o.GetUID())} }},
		{&corev1.Pod{}, jobIndex, jobOfPod},
	} {
		if err := indexer.IndexField(ctx, index.object, index.field, index.values); err != nil {
			return err
		}
	}
	return nil
}

// labelOfTracker returns one label that the selector requires.
func labelOfTracker(tracker *JobTracker) string {
	required := tracker.Spec.Selector.MatchLabels
	for _, name := range slices.Sorted(maps.Keys(required)) {
		return name + "=" + required[name]
	}
	return anyLabel
}

func labelsOfJob(job client.Object) []string {
	values := []string{anyLabel}
	for name, value := range job.GetLabels() {
		values = append(values, name+"="+value)
	}
	return values
}

func jobOfPod(pod client.Object) []string {
	if owner := metav1.GetControllerOf(pod); owner != nil {
		return []string{string(owner.UID)}
	}
	return nil
}

// trimJob and trimPod drop the fields that are not read, so that the cache stays small.
func trimJob(object any) (any, error) {
	job, ok := object.(*batchv1.Job)
	if !ok {
		return object, nil
	}
	trimmed := &batchv1.Job{ObjectMeta: trimMetadata(job.ObjectMeta)}
	trimmed.Status.Conditions = job.Status.Conditions
	return trimmed, nil
}

func trimPod(object any) (any, error) {
	pod, ok := object.(*corev1.Pod)
	if !ok {
		return object, nil
	}
	trimmed := &corev1.Pod{ObjectMeta: trimMetadata(pod.ObjectMeta)}
	trimmed.Spec.NodeName = pod.Spec.NodeName
	return trimmed, nil
}

func trimMetadata(meta metav1.ObjectMeta) metav1.ObjectMeta {
	return metav1.ObjectMeta{
		Name: meta.Name, Namespace: meta.Namespace, UID: meta.UID, ResourceVersion: meta.ResourceVersion,
		Labels: meta.Labels, OwnerReferences: meta.OwnerReferences,
	}
}
