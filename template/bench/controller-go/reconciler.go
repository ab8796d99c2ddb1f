package main

import (
	"context"
	"fmt"
	"slices"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/tools/events"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
)

const finalizer = "batch.example.com/final-report"

type reconciler struct {
	client   client.Client
	recorder events.EventRecorder
}

func (r *reconciler) Reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	tracker := &JobTracker{}
	if err := r.client.Get(ctx, request.NamespacedName, tracker); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	before := tracker.DeepCopyObject().(*JobTracker)
	if !tracker.DeletionTimestamp.IsZero() {
		if !controllerutil.RemoveFinalizer(tracker, finalizer) {
			return ctrl.Result{}, nil
		}
		r.recorder.Eventf(tracker, nil, corev1.EventTypeNormal, "Deleted", "Delete", "%d succeeded, %d failed", tracker.Status.Succeeded, tracker.Status.Failed)
		return ctrl.Result{}, client.IgnoreNotFound(r.client.Patch(ctx, tracker, client.MergeFrom(before)))
	}
	if controllerutil.AddFinalizer(tracker, finalizer) {
		// The change of the tracker calls this method again.
		return ctrl.Result{}, r.client.Patch(ctx, tracker, client.MergeFrom(before))
	}
	if err := r.observe(ctx, tracker); err != nil {
		return ctrl.Result{}, err
	}
	if equality.Semantic.DeepEqual(before.Status, tracker.Status) {
		return ctrl.Result{}, nil
	}
	if err := r.client.Status().Update(ctx, tracker); err != nil {
		return ctrl.Result{}, err
	}
	for _, condition := range tracker.Status.Conditions {
		if condition.Status == metav1.ConditionTrue && !meta.IsStatusConditionTrue(before.Status.Conditions, condition.Type) {
			kind := map[bool]string{true: corev1.EventTypeWarning, false: corev1.EventTypeNormal}[condition.Type == "Degraded"]
			r.recorder.Eventf(tracker, nil, kind, condition.Reason, "Track", condition.Message)
		}
	}
	return ctrl.Result{}, nil
}

// observe computes the status from the Jobs that the tracker selects, and from their pods.
func (r *reconciler) observe(ctx context.Context, tracker *JobTracker) error {
	selector, err := metav1.LabelSelectorAsSelector(&tracker.Spec.Selector)
	if err != nil {
		return reconcile.TerminalError(err)
	}
	jobs := &batchv1.JobList{}
	inNamespace := client.InNamespace(tracker.Namespace)
	options := []client.ListOption{inNamespace, client.MatchingLabelsSelector{Selector: selector}, client.UnsafeDisableDeepCopy}
	if label := labelOfTracker(tracker); label != anyLabel {
		options = append(options, client.MatchingFields{labelIndex: label})
	}
	if err := r.client.List(ctx, jobs, options...); err != nil {
		return err
	}
	status := &tracker.Status
	status.Active, status.Succeeded, status.Failed, status.Nodes = 0, 0, 0, []string{}
	for i := range jobs.Items {
		job := &jobs.Items[i]
		switch {
		case hasCondition(job, batchv1.JobComplete):
			status.Succeeded++
		case hasCondition(job, batchv1.JobFailed):
			status.Failed++
		default:
			status.Active++
		}
		pods := &corev1.PodList{}
		if err := r.client.List(ctx, pods, inNamespace, client.MatchingFields{jobIndex: string(job.UID)}, client.UnsafeDisableDeepCopy); err != nil {
			return err
		}
		for j := range pods.Items {
			if node := pods.Items[j].Spec.NodeName; node != "" {
				status.Nodes = append(status.Nodes, node)
			}
		}
	}
	slices.Sort(status.Nodes)
	status.Nodes = slices.Compact(status.Nodes)
	status.ObservedGeneration = tracker.Generation
	setCondition(tracker, "Ready", status.Succeeded >= tracker.Spec.Size, "EnoughSucceeded", "TooFewSucceeded",
		fmt.Sprintf("%d of %d Jobs have succeeded", status.Succeeded, tracker.Spec.Size))
	setCondition(tracker, "Degraded", status.Failed > 0, "JobsFailed", "NoJobFailed", fmt.Sprintf("%d Jobs have failed", status.Failed))
	return nil
}

func setCondition(tracker *JobTracker, name string, holds bool, reasonTrue, reasonFalse, message string) {
	condition := metav1.Condition{Type: name, Status: metav1.ConditionFalse, Reason: reasonFalse, Message: message, ObservedGeneration: tracker.Generation}
	if holds {
		condition.Status, condition.Reason = metav1.ConditionTrue, reasonTrue
	}
	meta.SetStatusCondition(&tracker.Status.Conditions, condition)
}

func hasCondition(job *batchv1.Job, name batchv1.JobConditionType) bool {
	return slices.ContainsFunc(job.Status.Conditions, func(c batchv1.JobCondition) bool {
		return c.Type == name && c.Status == corev1.ConditionTrue
	})
}

func (r *reconciler) trackersOfJob(ctx context.Context, job client.Object) []reconcile.Request {
	requests := []reconcile.Request{}
	for _, label := range labelsOfJob(job) {
		trackers := &JobTrackerList{}
		if err := r.client.List(ctx, trackers, client.InNamespace(job.GetNamespace()), client.MatchingFields{labelIndex: label}, client.UnsafeDisableDeepCopy); err != nil {
			return nil
		}
		for i := range trackers.Items {
			selector, err := metav1.LabelSelectorAsSelector(&trackers.Items[i].Spec.Selector)
			if err == nil && selector.Matches(labels.Set(job.GetLabels())) {
				requests = append(requests, reconcile.Request{NamespacedName: client.ObjectKeyFromObject(&trackers.Items[i])})
			}
		}
	}
	return requests
}

func (r *reconciler) trackersOfPod(ctx context.Context, pod client.Object) []reconcile.Request {
	requests := []reconcile.Request{}
	for _, uid := range jobOfPod(pod) {
		jobs := &batchv1.JobList{}
		if err := r.client.List(ctx, jobs, client.InNamespace(pod.GetNamespace()), client.MatchingFields{uidIndex: uid}, client.UnsafeDisableDeepCopy); err != nil {
			return nil
		}
		for i := range jobs.Items {
			requests = append(requests, r.trackersOfJob(ctx, &jobs.Items[i])...)
		}
	}
	return requests
}
