# Rules for our pods, whatever creates them. Each message starts with the name of its rule; testdata/bad/<rule>.yaml is a
# manifest that violates it.
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

# The container's setting takes precedence over the pod's.
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
	msg := sprintf("high-ids: %s has no %s of 10000 or above; a lower id may belong to an account on the node", [container.name, name])
}

high_id(container, name) if {
	id := setting(container, name)
	is_number(id)
	id >= 10000
}

deny contains msg if {
	some container in containers
	not confined(container)
	msg := sprintf("seccomp: %s has no RuntimeDefault or Localhost seccomp profile", [container.name])
}

confined(container) if setting(container, "seccompProfile").type in {"RuntimeDefault", "Localhost"}

deny contains msg if {
	some container in containers
	own(container, "allowPrivilegeEscalation") != false
	msg := sprintf("no-privilege-escalation: %s allows privilege escalation", [container.name])
}

deny contains msg if {
	some container in containers
	own(container, "privileged") == true
	msg := sprintf("not-privileged: %s is privileged", [container.name])
}

deny contains msg if {
	some container in containers
	not drops_all(container)
	msg := sprintf("drop-capabilities: %s does not drop all capabilities, or adds some", [container.name])
}

drops_all(container) if {
	capabilities := own(container, "capabilities")
	"ALL" in capabilities.drop
	object.get(capabilities, "add", []) == []
}

deny contains msg if {
	some container in containers
	own(container, "readOnlyRootFilesystem") != true
	msg := sprintf("read-only-root: %s has a writable root filesystem", [container.name])
}

deny contains msg if {
	some volume in pod.volumes
	some type, _ in volume
	type != "name"
	not type in volume_types
	msg := sprintf("volume-types: %s has the type %s, which the restricted Pod Security Standard does not allow", [volume.name, type])
}

deny contains msg if {
	some name in ["hostNetwork", "hostPID", "hostIPC"]
	pod[name] == true
	msg := sprintf("no-host-namespaces: the pod sets %s", [name])
}

deny contains msg if {
	some container in containers
	some port in container.ports
	object.get(port, "hostPort", 0) != 0
	msg := sprintf("no-host-ports: %s uses port %d of its node", [container.name, port.hostPort])
}

deny contains msg if {
	pod
	object.get(pod, "automountServiceAccountToken", true) != false
	msg := "no-api-token: the pod mounts the default Kubernetes API token; a program that calls the API mounts a short-lived one itself"
}

deny contains msg if {
	pod
	object.get(pod, "enableServiceLinks", true) != false
	msg := "no-service-links: the variables of other Services could be read as settings"
}

deny contains msg if {
	some container in containers
	some list in ["requests", "limits"]
	some name in resource_names
	not container.resources[list][name]
	msg := sprintf("resources: %s has no %s for %s", [container.name, list, name])
}

deny contains msg if {
	some container in containers
	not startswith(container.image, registry)
	msg := sprintf("image-registry: %s is not from %s", [container.image, registry])
}

deny contains msg if {
	some container in containers
	not pinned(container.image)
	msg := sprintf("image-pinned: %s has neither a digest nor a tag other than latest", [container.image])
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
	msg := sprintf("probes: %s uses the same path for liveness and readiness", [container.name])
}

deny contains msg if {
	some container in containers
	some probe in ["livenessProbe", "readinessProbe", "startupProbe"]
	container[probe].httpGet.host
	msg := sprintf("no-probe-host: the %s of %s sets a host, so the kubelet would not probe the pod", [probe, container.name])
}

# A name ending in _FILE holds the path of a secret, not the secret itself.
deny contains msg if {
	some container in containers
	some variable in container.env
	regex.match(secret_words, variable.name)
	not endswith(variable.name, "_FILE")
	object.get(variable, "value", "") != ""
	msg := sprintf("no-literal-secrets: the manifest contains the value of %s", [variable.name])
}
