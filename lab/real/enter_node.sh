#!/bin/sh
# Become a node: runs inside fresh mount and UTS namespaces, in the node's network namespace, and ends as its engine.
#
#   enter_node.sh HOSTNAME FOLDER PROGRAM [ARGUMENT...]
#
# FOLDER (below /run) is the only part of the machine's /run the node keeps. Without that, an engine would find the
# machine's own containerd there and use it, and all nodes would share its sockets and the lock of iptables.
set -eu
hostname=$1 folder=$2
shift 2

hostname "$hostname"

private=$folder/run
mkdir -p "$private"
# -n: mount(8) would note its mounts in the very folder that is being replaced.
mount -n -t tmpfs -o mode=755 skep-lab "$private"
mkdir -p "$private${folder#/run}"
mount -n --bind "$folder" "$private${folder#/run}"

resolver=$(readlink -m /etc/resolv.conf)
mount -n --move "$private" /run

# A name server that refuses at once: an engine asks for an image's registry before it looks at what it has, and
# with a silent name server each start of a container would take 20 s longer.
if [ ! -e "$resolver" ]; then
    mkdir -p "$(dirname "$resolver")"
    : >"$resolver"
fi
echo "nameserver 127.0.0.1" >"$folder/resolv.conf"
mount -n --bind "$folder/resolv.conf" "$resolver"

exec "$@"
