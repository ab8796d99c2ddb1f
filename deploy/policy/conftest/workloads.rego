# What a pod of ours must look like, whatever makes it. Each message begins with the name of its rule; a manifest that
# breaks it is testdata/bad/<rule>.yaml.
#   helm template skiff charts/skiff | conftest test --policy deploy/policy/conftest -
package main

registry := "registry.example.com/"

volume_types := {
	"configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret",
}

secret_words := `(?i)(password|passwd|secret|token|api_?key|private_?key)`

resource_names := {"cpu", "memory", "ephemeral-storage"}

pod := input.spec if input.kind == "Pod"

pod := input.spec.template.spec if input.kind in {"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job"}

pod := input.spec.jobTemplate.spec.template.spec if input.kind == "CronJob"

serves if input.kind in {"Deployment", "StatefulSet", "DaemonSet"}

containers := array.concat(object.get(pod, "containers", []), object.get(pod, "initContainers", []))

# The container's own word counts, then the pod's.
setting(container, name) := object.get(
	object.get(container, "securityContext", {}), name,
	object.get(object.get(pod, "securityContext", {}), name, null),
)

own(container, name) := object.get(object.get(container, "securityContext", {}), name, null)

deny contains msg if {
	some container in containers
	setting(container, "runAsNonRoot") != true
	msg := sprintf("run-as-non-root: %s may run as root", [container.name])
}

deny contains msg if {
	some container in containers
	some name in ["runAsUser", "runAsGroup"]
	not high_id(container, name)
	msg := sprintf("high-ids: %s has no %s of 10000 or more, which no account of a node has", [container.name, name])
}

high_id(container, name) if {
	id := setting(container, name)
	is_number(id)
	id >= 10000
}

deny contains msg if {
	some container in containers
	not confined(container)
	msg := sprintf("seccomp: %s is not confined to the runtime's system calls", [container.name])
}

confined(container) if setting(container, "seccompProfile").type in {"RuntimeDefault", "Localhost"}

deny contains msg if {
	some container in containers
	own(container, "allowPrivilegeEscalation") != false
	msg := sprintf("no-privilege-escalation: %s may gain privileges", [container.name])
}

deny contains msg if {
	some container in containers
	own(container, "privileged") == true
	msg := sprintf("not-privileged: %s is privileged", [container.name])
}

deny contains msg if {
	some container in containers
	not drops_all(container)
	msg := sprintf("drop-capabilities: %s keeps capabilities of root", [container.name])
}

drops_all(container) if {
	capabilities := own(container, "capabilities")
	"ALL" in capabilities.drop
	object.get(capabilities, "add", []) == []
}

deny contains msg if {
	some container in containers
	own(container, "readOnlyRootFilesystem") != true
	msg := sprintf("read-only-root: %s may write to its image", [container.name])
}

deny contains msg if {
	some volume in pod.volumes
	some type, _ in volume
	type != "name"
	not type in volume_types
	msg := sprintf("volume-types: %s is a %s", [volume.name, type])
}

deny contains msg if {
	some name in ["hostNetwork", "hostPID", "hostIPC"]
	pod[name] == true
	msg := sprintf("no-host-namespaces: %s", [name])
}

deny contains msg if {
	some container in containers
	some port in container.ports
	object.get(port, "hostPort", 0) != 0
	msg := sprintf("no-host-ports: %s takes port %d of its node", [container.name, port.hostPort])
}

deny contains msg if {
	pod
	object.get(pod, "automountServiceAccountToken", true) != false
	msg := "no-api-token: the pod is given a token for the API of Kubernetes, which the service never asks"
}

deny contains msg if {
	pod
	object.get(pod, "enableServiceLinks", true) != false
	msg := "no-service-links: variables of other Services could be taken for settings"
}

deny contains msg if {
	some container in containers
	some list in ["requests", "limits"]
	some name in resource_names
	not container.resources[list][name]
	msg := sprintf("resources: %s has no %s of %s", [container.name, list, name])
}

deny contains msg if {
	some container in containers
	not startswith(container.image, registry)
	msg := sprintf("image-registry: %s is not from %s", [container.image, registry])
}

deny contains msg if {
	some container in containers
	not pinned(container.image)
	msg := sprintf("image-pinned: %s may be another image tomorrow", [container.image])
}

pinned(image) if contains(image, "@sha256:")

pinned(image) if {
	not contains(image, "@")
	tag := regex.find_all_string_submatch_n(`:([^:/]+)$`, image, 1)[0][1]
	tag != "latest"
}

deny contains msg if {
	serves
	some container in pod.containers
	some probe in ["livenessProbe", "readinessProbe"]
	not container[probe]
	msg := sprintf("probes: %s has no %s", [container.name, probe])
}

deny contains msg if {
	serves
	some container in pod.containers
	container.livenessProbe.httpGet.path == container.readinessProbe.httpGet.path
	msg := sprintf("probes: %s is restarted by the very question whether it is ready", [container.name])
}

deny contains msg if {
	some container in containers
	some probe in ["livenessProbe", "readinessProbe", "startupProbe"]
	container[probe].httpGet.host
	msg := sprintf("no-probe-host: the kubelet would send the %s of %s elsewhere", [probe, container.name])
}

# A name that ends in _FILE says where the secret is, and not what it is.
deny contains msg if {
	some container in containers
	some variable in container.env
	regex.match(secret_words, variable.name)
	not endswith(variable.name, "_FILE")
	object.get(variable, "value", "") != ""
	msg := sprintf("no-literal-secrets: the value of %s stands in the manifest", [variable.name])
}
