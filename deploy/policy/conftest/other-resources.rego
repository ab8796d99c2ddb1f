# Rules for objects other than workloads: Services, Ingresses, ConfigMaps.
package main

deny contains msg if {
	input.kind == "Service"
	not object.get(input.spec, "type", "ClusterIP") in {"ClusterIP", "ExternalName"}
	some port in input.spec.ports
	serves_metrics(port)
	msg := sprintf("cluster-ip: a Service of type %s would expose the metrics port outside the cluster", [input.spec.type])
}

serves_metrics(port) if port.name == "metrics"

serves_metrics(port) if object.get(port, "targetPort", port.port) in {"metrics", 9091}

deny contains msg if {
	input.kind == "Ingress"
	some rule in input.spec.rules
	covered := {host | some entry in input.spec.tls; some host in entry.hosts}
	not rule.host in covered
	msg := sprintf("ingress-tls: %s is served without TLS", [object.get(rule, "host", "every host")])
}

deny contains msg if {
	input.kind == "Ingress"
	not input.spec.rules
	not input.spec.tls
	msg := "ingress-tls: every host is served without TLS"
}

deny contains msg if {
	input.kind == "ConfigMap"
	some key, _ in input.data
	regex.match(secret_words, key)
	msg := sprintf("no-secrets-in-config: %s belongs in a Secret", [key])
}

deny contains msg if {
	object.get(input.metadata, "namespace", "") == "default"
	msg := "own-namespace: the namespace default is not allowed"
}
