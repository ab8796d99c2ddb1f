// Command controller is the JobTracker controller written with controller-runtime, for comparison.
package main

import (
	"flag"
	"os"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"
	"sigs.k8s.io/controller-runtime/pkg/metrics/server"
)

func main() {
	namespace := flag.String("namespace", "", "namespace to watch")
	metrics := flag.String("metrics", "127.0.0.1:0", "address of the metrics listener")
	concurrency := flag.Int("concurrency", 4, "number of workers")
	flag.Parse()
	ctrl.SetLogger(zap.New())
	if err := run(*namespace, *metrics, *concurrency); err != nil {
		ctrl.Log.Error(err, "controller failed")
		os.Exit(1)
	}
}

func run(namespace, metrics string, concurrency int) error {
	scheme := runtime.NewScheme()
	if err := clientgoscheme.AddToScheme(scheme); err != nil {
		return err
	}
	scheme.AddKnownTypes(groupVersion, &JobTracker{}, &JobTrackerList{})
	metav1.AddToGroupVersion(scheme, groupVersion)
	manager, err := ctrl.NewManager(ctrl.GetConfigOrDie(), ctrl.Options{
		Scheme:                        scheme,
		Metrics:                       server.Options{BindAddress: metrics},
		LeaderElection:                true,
		LeaderElectionID:              "jobtrackers-go",
		LeaderElectionNamespace:       namespace,
		LeaderElectionReleaseOnCancel: true,
		Cache: cache.Options{
			DefaultNamespaces: map[string]cache.Config{namespace: {}},
			DefaultTransform:  cache.TransformStripManagedFields(),
			ByObject: map[client.Object]cache.ByObject{
				&batchv1.Job{}: {Transform: trimJob},
				&corev1.Pod{}:  {Transform: trimPod},
			},
		},
	})
	if err != nil {
		return err
	}
	ctx := ctrl.SetupSignalHandler()
	if err := addIndexes(ctx, manager.GetFieldIndexer()); err != nil {
		return err
	}
	reconciler := &reconciler{client: manager.GetClient(), recorder: manager.GetEventRecorder("jobtrackers-go")}
	err = ctrl.NewControllerManagedBy(manager).
		For(&JobTracker{}).
		Watches(&batchv1.Job{}, handler.EnqueueRequestsFromMapFunc(reconciler.trackersOfJob)).
		Watches(&corev1.Pod{}, handler.EnqueueRequestsFromMapFunc(reconciler.trackersOfPod)).
		WithOptions(controller.Options{MaxConcurrentReconciles: concurrency}).
		Complete(reconciler)
	if err != nil {
		return err
	}
	return manager.Start(ctx)
}
