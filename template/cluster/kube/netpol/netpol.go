// Package netpol enforces NetworkPolicies on one node with iptables and ipset. It runs kube-router's policy controller
// without kube-router's routing and service proxy.
package netpol

import (
	"fmt"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	controller "github.com/cloudnativelabs/kube-router/v2/pkg/controllers/netpol"
	"github.com/cloudnativelabs/kube-router/v2/pkg/healthcheck"
	"github.com/cloudnativelabs/kube-router/v2/pkg/options"
	"github.com/spf13/cobra"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/clientcmd"
)

// NewCommand returns the command.
func NewCommand() *cobra.Command {
	config := options.NewKubeRouterConfig()
	config.EnableIPv4 = true
	command := &cobra.Command{
		Use:          "netpol",
		SilenceUsage: true,
		RunE:         func(*cobra.Command, []string) error { return run(config) },
	}
	flags := command.Flags()
	flags.StringVar(&config.Kubeconfig, "kubeconfig", "", "kubeconfig of the API server")
	flags.StringVar(&config.HostnameOverride, "hostname-override", "", "name of the node")
	flags.StringSliceVar(&config.ClusterIPCIDRs, "service-cluster-ip-range", config.ClusterIPCIDRs, "address ranges of Services")
	return command
}

func run(config *options.KubeRouterConfig) error {
	clientConfig, err := clientcmd.BuildConfigFromFlags("", config.Kubeconfig)
	if err != nil {
		return err
	}
	client, err := kubernetes.NewForConfig(clientConfig)
	if err != nil {
		return err
	}

	stop := make(chan struct{})
	factory := informers.NewSharedInformerFactory(client, 0)
	pods := factory.Core().V1().Pods().Informer()
	namespaces := factory.Core().V1().Namespaces().Informer()
	policies := factory.Networking().V1().NetworkPolicies().Informer()
	factory.Start(stop)
	factory.WaitForCacheSync(stop)

	iptables, ipset, err := controller.NewIPTablesHandlers(config)
	if err != nil {
		return err
	}
	var ipsetMutex sync.Mutex
	var npc *controller.NetworkPolicyController
	for attempt := 0; ; attempt++ { // Retries because the kubelet may not have registered the node yet.
		npc, err = controller.NewNetworkPolicyController(client, config, pods, policies, namespaces, &ipsetMutex, iptables, ipset)
		if err == nil {
			break
		}
		if attempt == 60 {
			return err
		}
		fmt.Fprintln(os.Stderr, err)
		time.Sleep(time.Second)
	}
	for informer, handler := range map[cache.SharedIndexInformer]cache.ResourceEventHandler{
		pods: npc.PodEventHandler, namespaces: npc.NamespaceEventHandler, policies: npc.NetworkPolicyEventHandler,
	} {
		if _, err := informer.AddEventHandler(handler); err != nil {
			return err
		}
	}

	beats := make(chan *healthcheck.ControllerHeartbeat, 10)
	go func() {
		for range beats { // Drains the heartbeats; nothing reads them.
		}
	}()
	var group sync.WaitGroup
	group.Add(1)
	go npc.Run(beats, stop, &group)

	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	<-signals
	close(stop)
	group.Wait()
	return nil
}
