#!/usr/bin/env bash
# Runs a two-node Kubernetes cluster on one Linux machine, without an image registry and without virtual machines.
#
#   cluster.sh check            Prints why this machine cannot run the cluster and exits with 1; otherwise prints nothing
#   cluster.sh install          Installs Debian's containerd, runc, CNI plug-ins, iptables and ipset (apt-get)
#   cluster.sh build            Builds Kubernetes, etcd, metrics-server, a NetworkPolicy controller and CoreDNS (Go modules).
#                               Does nothing when CLUSTER_HOME/bin is up to date
#   cluster.sh up               Starts everything; returns when both nodes, DNS and metrics are ready.
#                               With CLUSTER_POLICIES=0 the cluster accepts NetworkPolicies but does not enforce them
#   cluster.sh load FILE...     Loads images (`docker save`) into both nodes
#   cluster.sh run COMMAND...   Runs a command where it can reach the API server, with KUBECONFIG set
#   cluster.sh node N COMMAND.. Runs a command in the network namespace of node 1 or 2, where Services are reachable
#   cluster.sh cut NODE         Disconnects a node (node-1, node-2) from the network
#   cluster.sh heal NODE        Connects it again
#   cluster.sh ctr N ARGS...    Runs containerd's client on node N
#   cluster.sh down             Stops and removes everything that `up` started; keeps what `build` made
#
# Needs root. Everything it creates is in CLUSTER_HOME (default: .cache/cluster of the checkout), in /run/skiff-cluster, in
# three network namespaces and in cgroups whose names start with skiff-. The network namespaces have no route out of the
# machine, so load sent in them cannot leave it.
#
#   skiff-cp 10.89.0.1    etcd, API server, controllers, scheduler, metrics-server
#   skiff-n1 10.89.0.11   containerd, kubelet, kube-proxy, NetworkPolicies; pods 10.244.1.0/24
#   skiff-n2 10.89.0.12   the same; pods 10.244.2.0/24                       Services 10.96.0.0/16
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
checkout=$(cd "$here/../.." && pwd)
# Resolved, because `down` looks for its mounts by path.
home=$(realpath -m "${CLUSTER_HOME:-$checkout/.cache/cluster}")
export PATH=$PATH:$checkout/.cache/kubernetes/bin
run=/run/skiff-cluster
bin=$home/bin
pki=$home/pki
nodes=(1 2)
server=10.89.0.1
controllers=(cpu cpuacct cpuset memory devices freezer blkio pids systemd)

say() { printf '%(%H:%M:%S)T %s\n' -1 "$*"; }
die() { echo "cluster.sh: $*" >&2; exit 1; }
within() { local namespace=$1; shift; nsenter --net="/run/netns/skiff-$namespace" -- "$@"; }
admin() { within cp env KUBECONFIG="$home/admin.kubeconfig" "$@"; }
kubectl() { admin kubectl "$@"; }

# --- check, install, build ---------------------------------------------------------------------------------------------------

packages=(containerd runc containernetworking-plugins iptables ipset conntrack socat ethtool iproute2 openssl)

cmd_check() {
  local controller
  [ "$(id -u)" = 0 ] || { echo 'not root'; return 1; }
  command -v apt-get >/dev/null || { echo 'no apt-get'; return 1; }
  command -v go >/dev/null || is_built || { echo 'no Go toolchain'; return 1; }
  for controller in "${controllers[@]}"; do
    [ -d "/sys/fs/cgroup/$controller" ] || { echo "no cgroup v1 hierarchy $controller"; return 1; }
  done
}

cmd_install() {
  export DEBIAN_FRONTEND=noninteractive
  # Keeps the packages from starting their services: `up` starts them itself, per node.
  local policy=/usr/sbin/policy-rc.d made=
  if [ ! -e "$policy" ]; then printf '#!/bin/sh\nexit 101\n' >"$policy"; chmod +x "$policy"; made=1; fi
  apt-get -qq update
  apt-get -qq -o DPkg::Lock::Timeout=300 install --yes --no-install-recommends --no-upgrade "${packages[@]}"
  [ -z "$made" ] || rm "$policy"
}

source_digest() { (cd "$here/kube" && find . -type f | sort | xargs sha256sum | sha256sum | cut -d' ' -f1); }
is_built() { [ "$(cat "$bin/source" 2>/dev/null)" = "$(source_digest)" ]; }

cmd_build() {
  if is_built; then say 'already built'; return; fi
  mkdir -p "$bin"
  local started=$SECONDS target
  cd "$here/kube"
  export CGO_ENABLED=0 GOFLAGS="-mod=readonly ${GOFLAGS:-}"
  for target in kube:. coredns:./coredns pause:./pause; do
    # Stripping debug information halves the linker's memory and cuts the binary to a third.
    go build -trimpath -ldflags="-s -w ${target_flags[${target%%:*}]:-}" -o "$bin/${target%%:*}" "${target#*:}"
    say "${target%%:*}: $(stat -c %s "$bin/${target%%:*}") bytes, $((SECONDS - started)) s so far"
  done
  source_digest >"$bin/source"
}

# The version that the API server reports; clients and Helm charts (kubeVersion) read it.
version=$(sed -n 's/^\tk8s.io\/kubernetes v\([0-9.]*\)$/\1/p' "$here/kube/go.mod")
declare -A target_flags=([kube]="
  -X k8s.io/component-base/version.gitVersion=v$version
  -X k8s.io/component-base/version.gitMajor=${version%%.*}
  -X k8s.io/component-base/version.gitMinor=$(cut -d. -f2 <<<"$version")
  -X k8s.io/component-base/version.gitTreeState=clean
  -X k8s.io/client-go/pkg/version.gitVersion=v$version")
target_flags[kube]=${target_flags[kube]//$'\n'/ }

# image NAME FILE: writes a `docker save` tarball of an image that contains one static program.
image() {
  local name=$1 program=$2 work layer config
  work=$(mktemp -d)
  mkdir "$work/root"
  cp "$program" "$work/root/"
  tar -C "$work/root" --numeric-owner --owner=0 --group=0 --mtime=@0 -cf "$work/layer.tar" .
  layer=$(sha256sum "$work/layer.tar" | cut -d' ' -f1)
  printf '{"architecture":"amd64","os":"linux","config":{"Entrypoint":["/%s"]},"rootfs":{"type":"layers","diff_ids":["sha256:%s"]}}' \
    "$(basename "$program")" "$layer" >"$work/config"
  config=$(sha256sum "$work/config" | cut -d' ' -f1)
  mv "$work/config" "$work/$config.json"
  printf '[{"Config":"%s.json","RepoTags":["%s"],"Layers":["layer.tar"]}]' "$config" "$name" >"$work/manifest.json"
  tar -C "$work" -cf "$home/images/$(basename "$program").tar" manifest.json "$config.json" layer.tar
  rm -rf "$work"
}

# --- certificates -----------------------------------------------------------------------------------------------------

certificate() { # NAME SUBJECT EXTENSIONS [CA]
  local name=$1 subject=$2 extensions=$3 ca=${4:-ca}
  openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$pki/$name.key" -subj "$subject" \
    -out "$pki/$name.csr" 2>/dev/null
  openssl x509 -req -in "$pki/$name.csr" -CA "$pki/$ca.crt" -CAkey "$pki/$ca.key" -CAcreateserial -days 30 \
    -extfile <(printf '%s\n' 'keyUsage=critical,digitalSignature' "$extensions") -out "$pki/$name.crt" 2>/dev/null
}

kubeconfig() { # NAME FILE
  cat >"$2" <<END
apiVersion: v1
kind: Config
current-context: skiff
contexts: [{ name: skiff, context: { cluster: skiff, user: $1 } }]
clusters: [{ name: skiff, cluster: { server: "https://$server:6443", certificate-authority: $pki/ca.crt } }]
users: [{ name: $1, user: { client-certificate: $pki/$1.crt, client-key: $pki/$1.key } }]
END
}

make_pki() {
  mkdir -p "$pki"
  local ca n client='extendedKeyUsage=clientAuth'
  for ca in ca front-proxy-ca; do
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj "/CN=skiff-$ca" \
      -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign \
      -keyout "$pki/$ca.key" -out "$pki/$ca.crt" 2>/dev/null
  done
  openssl genrsa -out "$pki/service-accounts.key" 2048 2>/dev/null
  certificate apiserver /CN=kube-apiserver "extendedKeyUsage=serverAuth
subjectAltName=DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc,DNS:kubernetes.default.svc.cluster.local,IP:10.96.0.1,IP:$server,IP:127.0.0.1"
  certificate admin /O=system:masters/CN=admin "$client"
  certificate controller-manager /CN=system:kube-controller-manager "$client"
  certificate scheduler /CN=system:kube-scheduler "$client"
  certificate proxy /CN=system:kube-proxy "$client"
  certificate front-proxy /CN=front-proxy "$client" front-proxy-ca
  for n in "${nodes[@]}"; do certificate "node-$n" "/O=system:nodes/CN=system:node:node-$n" "$client"; done
  kubeconfig admin "$home/admin.kubeconfig"
  for n in controller-manager scheduler proxy "${nodes[@]/#/node-}"; do kubeconfig "$n" "$pki/$n.kubeconfig"; done
}

# --- processes --------------------------------------------------------------------------------------------------------

start() { # NAME NAMESPACE COMMAND...
  local name=$1 namespace=$2
  shift 2
  # Gives the control plane more CPU weight than the pods, as system.slice has on a node: they share one machine.
  setsid nsenter --net="/run/netns/skiff-$namespace" -- sh -c 'echo $$ >"$0" && exec "$@"' \
    /sys/fs/cgroup/cpu/skiff-system/cgroup.procs "$@" >"$home/log/$name.log" 2>&1 </dev/null &
  echo $! >"$run/pids/$name"
}

stop() { # NAME
  local file=$run/pids/$1 pid i
  [ -e "$file" ] || return 0
  pid=$(<"$file")
  if kill "$pid" 2>/dev/null; then
    for ((i = 0; i < 100; i++)); do [ -d "/proc/$pid" ] || break; sleep 0.1; done
    kill -KILL "$pid" 2>/dev/null || true
  fi
  rm "$file"
}

until_true() { # SECONDS WHAT COMMAND...
  local limit=$((SECONDS + $1)) what=$2
  shift 2
  until "$@" >/dev/null 2>&1; do
    [ "$SECONDS" -lt "$limit" ] || die "$what: not ready in time; see $home/log"
    sleep 0.3
  done
  say "$what"
}

# --- networks and cgroups ---------------------------------------------------------------------------------------------

make_networks() {
  local n m
  ip netns add skiff-cp
  within cp ip link set lo up
  within cp ip link add lan type bridge
  within cp ip address add "$server/24" dev lan
  within cp ip link set lan up
  for n in "${nodes[@]}"; do
    ip netns add "skiff-n$n"
    ip -n skiff-cp link add "node$n" type veth peer name eth0 netns "skiff-n$n"
    within cp ip link set "node$n" master lan up
    within "n$n" ip link set lo up
    within "n$n" ip address add "10.89.0.1$n/24" dev eth0
    within "n$n" ip link set eth0 up
    within "n$n" sysctl -qw net.ipv4.ip_forward=1 net.bridge.bridge-nf-call-iptables=1
    # Host processes need a route to Service addresses before kube-proxy rewrites the destination.
    within "n$n" ip route add 10.96.0.0/16 dev eth0
    within cp ip route add "10.244.$n.0/24" via "10.89.0.1$n"
    for m in "${nodes[@]}"; do
      [ "$m" = "$n" ] || within "n$n" ip route add "10.244.$m.0/24" via "10.89.0.1$m"
    done
  done
}

make_cgroups() {
  local controller n
  for controller in "${controllers[@]}"; do
    [ -d "/sys/fs/cgroup/$controller" ] || die "no cgroup v1 hierarchy $controller"
    for n in "${nodes[@]}"; do mkdir -p "/sys/fs/cgroup/$controller/skiff-n$n"; done
  done
  for n in "${nodes[@]}"; do
    cat /sys/fs/cgroup/cpuset/cpuset.cpus >"/sys/fs/cgroup/cpuset/skiff-n$n/cpuset.cpus"
    cat /sys/fs/cgroup/cpuset/cpuset.mems >"/sys/fs/cgroup/cpuset/skiff-n$n/cpuset.mems"
    echo $((1024 * $(nproc))) >"/sys/fs/cgroup/cpu/skiff-n$n/cpu.shares"
  done
  mkdir -p /sys/fs/cgroup/cpu/skiff-system
  echo 8192 >/sys/fs/cgroup/cpu/skiff-system/cpu.shares
}

# --- the control plane ------------------------------------------------------------------------------------------------

start_control_plane() {
  start etcd cp "$bin/kube" etcd --data-dir "$home/etcd" --unsafe-no-fsync --log-level warn \
    --listen-client-urls http://127.0.0.1:2379 --advertise-client-urls http://127.0.0.1:2379 \
    --listen-peer-urls http://127.0.0.1:2380 --initial-advertise-peer-urls http://127.0.0.1:2380 \
    --initial-cluster default=http://127.0.0.1:2380
  start apiserver cp "$bin/kube" kube-apiserver --etcd-servers=http://127.0.0.1:2379 \
    --advertise-address="$server" --secure-port=6443 --service-cluster-ip-range=10.96.0.0/16 \
    --tls-cert-file="$pki/apiserver.crt" --tls-private-key-file="$pki/apiserver.key" --client-ca-file="$pki/ca.crt" \
    --authorization-mode=Node,RBAC --enable-admission-plugins=NodeRestriction --allow-privileged=true \
    --service-account-issuer=https://kubernetes.default.svc.cluster.local \
    --service-account-key-file="$pki/service-accounts.key" --service-account-signing-key-file="$pki/service-accounts.key" \
    --kubelet-client-certificate="$pki/admin.crt" --kubelet-client-key="$pki/admin.key" \
    --kubelet-preferred-address-types=InternalIP --enable-aggregator-routing=true \
    --requestheader-client-ca-file="$pki/front-proxy-ca.crt" --requestheader-allowed-names=front-proxy \
    --requestheader-username-headers=X-Remote-User --requestheader-group-headers=X-Remote-Group \
    --requestheader-extra-headers-prefix=X-Remote-Extra- \
    --proxy-client-cert-file="$pki/front-proxy.crt" --proxy-client-key-file="$pki/front-proxy.key"
  until_true 180 'API server' kubectl get --raw /readyz
  start controller-manager cp "$bin/kube" kube-controller-manager --kubeconfig="$pki/controller-manager.kubeconfig" \
    --use-service-account-credentials --leader-elect=false --cluster-cidr=10.244.0.0/16 --allocate-node-cidrs=false \
    --root-ca-file="$pki/ca.crt" --service-account-private-key-file="$pki/service-accounts.key" \
    --cluster-signing-cert-file="$pki/ca.crt" --cluster-signing-key-file="$pki/ca.key"
  start scheduler cp "$bin/kube" kube-scheduler --kubeconfig="$pki/scheduler.kubeconfig" --leader-elect=false
}

# --- a node -----------------------------------------------------------------------------------------------------------

configure_node() { # N
  local n=$1 dir=$home/n$1
  mkdir -p "$dir/cni" "$dir/kubelet" "$dir/pods" "$run/n$n"
  printf 'nameserver 127.0.0.1\n' >"$dir/resolv.conf"

  cat >"$dir/containerd.toml" <<END
version = 2
root = "$dir/containerd"
state = "$run/n$n/containerd"
disabled_plugins = ["io.containerd.internal.v1.opt", "io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs"]
[grpc]
  address = "$run/n$n/containerd.sock"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "docker.io/skiff-cluster/pause:1"
  netns_mounts_under_state_dir = true
  # Without CAP_SYS_RESOURCE, as in a sandbox, a process cannot lower its OOM score below its parent's, and runc fails with
  # "can't get final child's PID from pipe".
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
      SystemdCgroup = false
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "$dir/cni"
END

  # No masquerading: NetworkPolicies must see the client pod's address.
  cat >"$dir/cni/10-skiff.conflist" <<END
{
  "cniVersion": "0.4.0",
  "name": "skiff-n$n",
  "plugins": [
    {
      "type": "bridge", "bridge": "cni0", "isDefaultGateway": true, "ipMasq": false, "hairpinMode": true,
      "ipam": { "type": "host-local", "dataDir": "$run/n$n/ipam", "ranges": [[{ "subnet": "10.244.$n.0/24" }]] }
    }
  ]
}
END

  cat >"$dir/kubelet.yaml" <<END
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
authentication: { anonymous: { enabled: false }, webhook: { enabled: true }, x509: { clientCAFile: $pki/ca.crt } }
authorization: { mode: Webhook }
containerRuntimeEndpoint: unix://$run/n$n/containerd.sock
podLogsDir: $dir/pods
resolvConf: $dir/resolv.conf
clusterDNS: [10.96.0.10]
clusterDomain: cluster.local
cgroupDriver: cgroupfs
# Each kubelet kills pods it does not know below its root, so two kubelets on one machine need separate roots.
cgroupRoot: /skiff-n$n
failCgroupV1: false
failSwapOn: false
imageGCHighThresholdPercent: 100
evictionHard: { memory.available: 100Mi, nodefs.available: 1%, nodefs.inodesFree: 1%, imagefs.available: 1% }
serializeImagePulls: false
END

  cat >"$dir/proxy.yaml" <<END
apiVersion: kubeproxy.config.k8s.io/v1alpha1
kind: KubeProxyConfiguration
mode: iptables
clusterCIDR: 10.244.0.0/16
hostnameOverride: node-$n
clientConnection: { kubeconfig: $pki/proxy.kubeconfig }
# Connection table limits belong to the machine and cannot be set from within a network namespace.
conntrack: { maxPerCore: 0, min: 0, tcpEstablishedTimeout: 0s, tcpCloseWaitTimeout: 0s }
END
}

start_node() { # N
  local n=$1 dir=$home/n$1
  configure_node "$n"
  start "containerd-$n" "n$n" containerd --config "$dir/containerd.toml"
  until_true 90 "containerd of node $n" ctr --address "$run/n$n/containerd.sock" version
  cmd_ctr "$n" images import "$home/images/pause.tar" >/dev/null
  cmd_ctr "$n" images import "$home/images/coredns.tar" >/dev/null
  start "kubelet-$n" "n$n" "$bin/kube" kubelet --config="$dir/kubelet.yaml" --kubeconfig="$pki/node-$n.kubeconfig" \
    --root-dir="$dir/kubelet" --hostname-override="node-$n" --node-ip="10.89.0.1$n" \
    --node-labels="topology.kubernetes.io/zone=zone-$n"
  start "proxy-$n" "n$n" "$bin/kube" kube-proxy --config="$dir/proxy.yaml"
  [ "${CLUSTER_POLICIES:-1}" = 0 ] || start "netpol-$n" "n$n" "$bin/kube" netpol --kubeconfig="$home/admin.kubeconfig" --hostname-override="node-$n" \
    --service-cluster-ip-range=10.96.0.0/16
}

# --- up, down ---------------------------------------------------------------------------------------------------------

kernel_settings=(vm.overcommit_memory vm.panic_on_oom kernel.panic kernel.panic_on_oops)

cmd_up() {
  [ "$(id -u)" = 0 ] || die 'must be run as root'
  [ -x "$bin/kube" ] || die 'run `cluster.sh build` first'
  [ ! -e "$run" ] || die 'already running, or left over: run `cluster.sh down`'
  # A failure leaves everything in place so that logs and pods can be inspected; `cluster.sh down` cleans up.
  type -P kubectl >/dev/null || die 'no kubectl on the PATH'
  mkdir -p "$run/pids" "$home/log" "$home/images"
  # Each kubelet sets these for the whole machine; `down` restores them.
  sysctl "${kernel_settings[@]}" | tr -d ' ' >"$run/sysctl"
  make_pki
  image docker.io/skiff-cluster/pause:1 "$bin/pause"
  image docker.io/skiff-cluster/coredns:1 "$bin/coredns"
  make_networks
  make_cgroups
  start_control_plane
  local n
  for n in "${nodes[@]}"; do start_node "$n"; done
  start metrics-server cp "$bin/kube" metrics-server --kubeconfig="$home/admin.kubeconfig" \
    --authentication-kubeconfig="$home/admin.kubeconfig" --authorization-kubeconfig="$home/admin.kubeconfig" \
    --secure-port=4443 --cert-dir="$home/metrics-server" --kubelet-insecure-tls --metric-resolution=15s \
    --kubelet-preferred-address-types=InternalIP
  kubectl apply --filename "$here/system.yaml" >/dev/null
  for n in "${nodes[@]}"; do until_true 120 "node-$n" kubectl wait "node/node-$n" --for=condition=Ready --timeout=1s; done
  until_true 180 'DNS' kubectl --namespace kube-system rollout status deployment/coredns --timeout=1s
  until_true 180 'metrics' kubectl top nodes
}

cmd_down() {
  local n controller name
  for n in "${nodes[@]}"; do for name in kubelet netpol proxy; do stop "$name-$n"; done; done
  for name in metrics-server scheduler controller-manager apiserver etcd; do stop "$name"; done
  for n in "${nodes[@]}"; do
    local container socket=$run/n$n/containerd.sock pid
    if [ -S "$socket" ]; then
      for container in $(cmd_ctr "$n" tasks list -q 2>/dev/null || true); do
        cmd_ctr "$n" tasks kill --signal KILL "$container" >/dev/null 2>&1 || true
      done
      for container in $(cmd_ctr "$n" tasks list -q 2>/dev/null || true); do
        cmd_ctr "$n" tasks delete --force "$container" >/dev/null 2>&1 || true
      done
    fi
    stop "containerd-$n"
    # Pod shims outlive containerd.
    for pid in $(grep -lzs -- "$socket" /proc/[0-9]*/cmdline | cut -d/ -f3); do
      if grep -qz containerd-shim "/proc/$pid/cmdline" 2>/dev/null; then kill -KILL "$pid" 2>/dev/null || true; fi
    done
  done
  # Sorted in reverse, so that nested mounts are unmounted first.
  local mount
  for mount in $(awk -v home="$home/" -v run="$run/" 'index($5, home) == 1 || index($5, run) == 1 { print $5 }' \
    /proc/self/mountinfo | sort -r); do umount --lazy "$mount" 2>/dev/null || true; done
  for n in cp "${nodes[@]/#/n}"; do [ ! -e "/run/netns/skiff-$n" ] || ip netns delete "skiff-$n"; done
  for controller in "${controllers[@]}" unified; do
    for name in system "${nodes[@]/#/n}"; do
      [ ! -d "/sys/fs/cgroup/$controller/skiff-$name" ] ||
        find "/sys/fs/cgroup/$controller/skiff-$name" -depth -type d -exec rmdir {} + 2>/dev/null || true
    done
  done
  [ ! -e "$run/sysctl" ] || sysctl -qp "$run/sysctl"
  rm -rf "$run" "$home"/{n1,n2,etcd,pki,images,metrics-server,admin.kubeconfig}
  say "stopped; logs are in $home/log"
}

# --- the rest ---------------------------------------------------------------------------------------------------------

cmd_load() {
  local file n
  for file in "$@"; do for n in "${nodes[@]}"; do cmd_ctr "$n" images import "$file"; done; done
}
# `exec`, so that signals reach the command.
cmd_run() { exec nsenter --net=/run/netns/skiff-cp -- env KUBECONFIG="$home/admin.kubeconfig" "$@"; }
cmd_cut() { ip -n skiff-cp link set "node${1#node-}" down; }
cmd_heal() { ip -n skiff-cp link set "node${1#node-}" up; }
cmd_node() { local n=$1; shift; exec nsenter --net="/run/netns/skiff-n$n" -- env KUBECONFIG="$home/admin.kubeconfig" "$@"; }
cmd_ctr() { local n=$1; shift; ctr --address "$run/n$n/containerd.sock" --namespace k8s.io "$@"; }

case ${1:-} in
  check | install | build | up | load | run | node | cut | heal | ctr | down) command=$1; shift; "cmd_$command" "$@" ;;
  *) sed -n '2,/^set /p' "$0" | sed -n 's/^# \{0,1\}//p'; exit 2 ;;
esac
