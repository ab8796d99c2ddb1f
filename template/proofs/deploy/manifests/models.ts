import { Application } from '@kubernetes-models/argo-cd/argoproj.io/v1alpha1/Application';
import { ApplicationSet } from '@kubernetes-models/argo-cd/argoproj.io/v1alpha1/ApplicationSet';
import { AppProject } from '@kubernetes-models/argo-cd/argoproj.io/v1alpha1/AppProject';
import { AnalysisTemplate } from '@kubernetes-models/argo-rollouts/argoproj.io/v1alpha1/AnalysisTemplate';
import { Rollout } from '@kubernetes-models/argo-rollouts/argoproj.io/v1alpha1/Rollout';
import { ExternalSecret } from '@kubernetes-models/external-secrets/external-secrets.io/v1/ExternalSecret';
import { SecretStore } from '@kubernetes-models/external-secrets/external-secrets.io/v1/SecretStore';
import { HelmRelease } from '@kubernetes-models/flux-cd/helm.toolkit.fluxcd.io/v2/HelmRelease';
import { Kustomization } from '@kubernetes-models/flux-cd/kustomize.toolkit.fluxcd.io/v1/Kustomization';
import { GitRepository } from '@kubernetes-models/flux-cd/source.toolkit.fluxcd.io/v1/GitRepository';
import { HelmRepository } from '@kubernetes-models/flux-cd/source.toolkit.fluxcd.io/v1/HelmRepository';
import { HTTPRoute } from '@kubernetes-models/gateway-api/gateway.networking.k8s.io/v1/HTTPRoute';
import { DestinationRule } from '@kubernetes-models/istio/networking.istio.io/v1/DestinationRule';
import { VirtualService } from '@kubernetes-models/istio/networking.istio.io/v1/VirtualService';
import { AuthorizationPolicy } from '@kubernetes-models/istio/security.istio.io/v1/AuthorizationPolicy';
import { PeerAuthentication } from '@kubernetes-models/istio/security.istio.io/v1/PeerAuthentication';
import { ScaledObject } from '@kubernetes-models/keda/keda.sh/v1alpha1/ScaledObject';
import { ValidatingAdmissionPolicy } from 'kubernetes-models/admissionregistration.k8s.io/v1/ValidatingAdmissionPolicy';
import { ValidatingAdmissionPolicyBinding } from 'kubernetes-models/admissionregistration.k8s.io/v1/ValidatingAdmissionPolicyBinding';
import { Service } from 'kubernetes-models/v1/Service';

interface Model {
  /** Module that exports the class and its type. */
  module: string;
  /** Throws if the manifest violates the API's schema. Ignores unknown fields. */
  validate(manifest: unknown): void;
}

// biome-ignore lint/suspicious/noExplicitAny: the constructors accept unvalidated manifests.
type ModelClass = new (data: any) => { validate(): void };

const model = (module: string, Class: ModelClass): Model => ({
  module,
  validate: (manifest) => new Class(manifest).validate(),
});

const ISTIO = '@kubernetes-models/istio';
const ADMISSION = 'kubernetes-models/admissionregistration.k8s.io/v1';
const ARGO = '@kubernetes-models/argo-cd/argoproj.io/v1alpha1';
const ROLLOUTS = '@kubernetes-models/argo-rollouts/argoproj.io/v1alpha1';
const SECRETS = '@kubernetes-models/external-secrets/external-secrets.io/v1';
const FLUX = '@kubernetes-models/flux-cd';

/** By API version and kind. */
const MODELS: Record<string, Model> = {
  'argoproj.io/v1alpha1 AppProject': model(`${ARGO}/AppProject`, AppProject),
  'argoproj.io/v1alpha1 Application': model(`${ARGO}/Application`, Application),
  'argoproj.io/v1alpha1 ApplicationSet': model(`${ARGO}/ApplicationSet`, ApplicationSet),
  'argoproj.io/v1alpha1 AnalysisTemplate': model(`${ROLLOUTS}/AnalysisTemplate`, AnalysisTemplate),
  'argoproj.io/v1alpha1 Rollout': model(`${ROLLOUTS}/Rollout`, Rollout),
  'external-secrets.io/v1 ExternalSecret': model(`${SECRETS}/ExternalSecret`, ExternalSecret),
  'external-secrets.io/v1 SecretStore': model(`${SECRETS}/SecretStore`, SecretStore),
  'helm.toolkit.fluxcd.io/v2 HelmRelease': model(`${FLUX}/helm.toolkit.fluxcd.io/v2/HelmRelease`, HelmRelease),
  'kustomize.toolkit.fluxcd.io/v1 Kustomization': model(
    `${FLUX}/kustomize.toolkit.fluxcd.io/v1/Kustomization`,
    Kustomization,
  ),
  'source.toolkit.fluxcd.io/v1 GitRepository': model(
    `${FLUX}/source.toolkit.fluxcd.io/v1/GitRepository`,
    GitRepository,
  ),
  'source.toolkit.fluxcd.io/v1 HelmRepository': model(
    `${FLUX}/source.toolkit.fluxcd.io/v1/HelmRepository`,
    HelmRepository,
  ),
  'keda.sh/v1alpha1 ScaledObject': model('@kubernetes-models/keda/keda.sh/v1alpha1/ScaledObject', ScaledObject),
  'networking.istio.io/v1 DestinationRule': model(`${ISTIO}/networking.istio.io/v1/DestinationRule`, DestinationRule),
  'networking.istio.io/v1 VirtualService': model(`${ISTIO}/networking.istio.io/v1/VirtualService`, VirtualService),
  'security.istio.io/v1 AuthorizationPolicy': model(
    `${ISTIO}/security.istio.io/v1/AuthorizationPolicy`,
    AuthorizationPolicy,
  ),
  'security.istio.io/v1 PeerAuthentication': model(
    `${ISTIO}/security.istio.io/v1/PeerAuthentication`,
    PeerAuthentication,
  ),
  'gateway.networking.k8s.io/v1 HTTPRoute': model(
    '@kubernetes-models/gateway-api/gateway.networking.k8s.io/v1/HTTPRoute',
    HTTPRoute,
  ),
  'admissionregistration.k8s.io/v1 ValidatingAdmissionPolicy': model(
    `${ADMISSION}/ValidatingAdmissionPolicy`,
    ValidatingAdmissionPolicy,
  ),
  'admissionregistration.k8s.io/v1 ValidatingAdmissionPolicyBinding': model(
    `${ADMISSION}/ValidatingAdmissionPolicyBinding`,
    ValidatingAdmissionPolicyBinding,
  ),
  'v1 Service': model('kubernetes-models/v1/Service', Service),
};

export function modelOf(apiVersion: string, kind: string): Model {
  const found = MODELS[`${apiVersion} ${kind}`];
  if (found === undefined) throw new Error(`no model for ${apiVersion} ${kind}`);
  return found;
}
