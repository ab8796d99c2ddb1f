# Rules that need all manifests at once:
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

# True if the selector (matchLabels only) selects the pods of the Deployment. An empty selector selects all pods.
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
	msg := sprintf("one-owner-of-replicas: %s sets replicas although it has an autoscaler", [deployment.metadata.name])
}

deny contains msg if {
	some scaler in of("HorizontalPodAutoscaler")
	names := {deployment.metadata.name | some deployment in of("Deployment")}
	not scaler.spec.scaleTargetRef.name in names
	msg := sprintf("autoscaler-target: %s does not target any Deployment in these manifests", [scaler.metadata.name])
}

deny contains msg if {
	some deployment in of("Deployment")
	replicas(deployment) > 1
	not budgeted(deployment)
	msg := sprintf("disruption-budget: node drains may evict all pods of %s at once", [deployment.metadata.name])
}

budgeted(deployment) if {
	some budget in of("PodDisruptionBudget")
	selects(budget.spec.selector, deployment)
}

deny contains msg if {
	some budget in of("PodDisruptionBudget")
	blocks(budget)
	msg := sprintf("disruption-budget: %s blocks every node drain", [budget.metadata.name])
}

blocks(budget) if object.get(budget.spec, "maxUnavailable", null) in {0, "0", "0%"}

blocks(budget) if object.get(budget.spec, "minAvailable", null) == "100%"

deny contains msg if {
	some deployment in of("Deployment")
	not isolated(deployment)
	msg := sprintf("network-policy: no NetworkPolicy restricts both ingress and egress of %s", [deployment.metadata.name])
}

isolated(deployment) if {
	some policy in of("NetworkPolicy")
	selects(policy.spec.podSelector, deployment)
	{"Ingress", "Egress"} == {type | some type in policy.spec.policyTypes}
}

deny contains msg if {
	some service in of("Service")
	workloads := of("Deployment") | of("DaemonSet")
	count(workloads) > 0
	object.get(service.spec, "selector", {}) != {}
	every workload in workloads {
		not selects({"matchLabels": service.spec.selector}, workload)
	}
	msg := sprintf("service-target: %s selects no pods in these manifests", [service.metadata.name])
}
