// Package metricsserver runs metrics-server as a component of this program. It replaces metrics-server's own command,
// whose OpenAPI definitions were generated for an older API server and use names that this one does not know.
package metricsserver

import (
	"github.com/spf13/cobra"
	openapinamer "k8s.io/apiserver/pkg/endpoints/openapi"
	genericapiserver "k8s.io/apiserver/pkg/server"
	"k8s.io/kube-openapi/pkg/common"
	"k8s.io/kube-openapi/pkg/util"
	"k8s.io/kube-openapi/pkg/validation/spec"
	"sigs.k8s.io/metrics-server/cmd/metrics-server/app/options"
	"sigs.k8s.io/metrics-server/pkg/api"
	"sigs.k8s.io/metrics-server/pkg/api/generated/openapi"
)

// NewCommand returns the command.
func NewCommand() *cobra.Command {
	opts := options.NewOptions()
	command := &cobra.Command{
		Use:          "metrics-server",
		SilenceUsage: true,
		RunE:         func(*cobra.Command, []string) error { return run(opts) },
	}
	for _, flags := range opts.Flags().FlagSets {
		command.Flags().AddFlagSet(flags)
	}
	return command
}

func run(opts *options.Options) error {
	if problems := opts.Validate(); len(problems) > 0 {
		return problems[0]
	}
	config, err := opts.ServerConfig()
	if err != nil {
		return err
	}
	namer := openapinamer.NewDefinitionNamer(api.Scheme)
	config.Apiserver.OpenAPIConfig = genericapiserver.DefaultOpenAPIConfig(definitions, namer)
	config.Apiserver.OpenAPIV3Config = genericapiserver.DefaultOpenAPIV3Config(definitions, namer)
	server, err := config.Complete()
	if err != nil {
		return err
	}
	return server.RunUntil(genericapiserver.SetupSignalHandler())
}

// definitions returns metrics-server's definitions under the names that Kubernetes 1.35 and newer use.
func definitions(ref common.ReferenceCallback) map[string]common.OpenAPIDefinition {
	renamed := map[string]common.OpenAPIDefinition{}
	for name, definition := range openapi.GetOpenAPIDefinitions(func(name string) spec.Ref {
		return ref(util.ToRESTFriendlyName(name))
	}) {
		dependencies := make([]string, len(definition.Dependencies))
		for i, dependency := range definition.Dependencies {
			dependencies[i] = util.ToRESTFriendlyName(dependency)
		}
		definition.Dependencies = dependencies
		renamed[util.ToRESTFriendlyName(name)] = definition
	}
	return renamed
}
