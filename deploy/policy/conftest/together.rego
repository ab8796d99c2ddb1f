# What only all manifests together show:
#   helm template skiff charts/skiff | conftest test --combine --namespace together --policy deploy/policy/conftest -
package together

objects contains object if {
	some file in input
	some object in as_list(file.contents)
}

as_list(contents) := contents if is_array(contents)

as_list(contents) := [contents] if is_object(contents)

of(kind) := {object | some object in objects; object.kind == kind}

scaled(deployment) if {
	some scaler in of("HorizontalPodAutoscaler")
	scaler.spec.scaleTargetRef.name == deployment.metadata.name
}

replicas(deployment) := min([scaler.spec.minReplicas |
	some scaler in of("HorizontalPodAutoscaler")
	scaler.spec.scaleTargetRef.name == deployment.metadata.name
]) if {
	scaled(deployment)
} else := object.get(deployment.spec, "replicas", 1)

# Whether the selector, of labels alone, picks the pods of the Deployment. An empty one picks all.
selects(selector, deployment) if {
	labels := deployment.spec.template.metadata.labels
	every name, value in object.get(selector, "matchLabels", {}) {
		labels[name] == value
	}
}

deny contains msg if {
	some deployment in of("Deployment")
	scaled(deployment)
	object.get(deployment.spec, "replicas", null) != null
	msg := sprintf("one-owner-of-replicas: %s has replicas beside its autoscaler", [deployment.metadata.name])
}

deny contains msg if {
	some scaler in of("HorizontalPodAutoscaler")
	names := {deployment.metadata.name | some deployment in of("Deployment")}
	not scaler.spec.scaleTargetRef.name in names
	msg := sprintf("autoscaler-target: %s scales nothing that is here", [scaler.metadata.name])
}

deny contains msg if {
	some deployment in of("Deployment")
	replicas(deployment) > 1
	not budgeted(deployment)
	msg := sprintf("disruption-budget: a drain of nodes may take all pods of %s at once", [deployment.metadata.name])
}

budgeted(deployment) if {
	some budget in of("PodDisruptionBudget")
	selects(budget.spec.selector, deployment)
}

deny contains msg if {
	some budget in of("PodDisruptionBudget")
	blocks(budget)
	msg := sprintf("disruption-budget: %s lets no node be drained", [budget.metadata.name])
}

blocks(budget) if object.get(budget.spec, "maxUnavailable", null) in {0, "0", "0%"}

blocks(budget) if object.get(budget.spec, "minAvailable", null) == "100%"

deny contains msg if {
	some deployment in of("Deployment")
	not fenced(deployment)
	msg := sprintf("network-policy: whoever is in the cluster reaches %s, and it them", [deployment.metadata.name])
}

fenced(deployment) if {
	some policy in of("NetworkPolicy")
	selects(policy.spec.podSelector, deployment)
	{"Ingress", "Egress"} == {type | some type in policy.spec.policyTypes}
}

deny contains msg if {
	some service in of("Service")
	count(of("Deployment")) > 0
	object.get(service.spec, "selector", {}) != {}
	every deployment in of("Deployment") {
		not selects({"matchLabels": service.spec.selector}, deployment)
	}
	msg := sprintf("service-target: %s leads to no pod that is here", [service.metadata.name])
}
