#!/bin/sh
# The first process of a lab's host. It runs in namespaces of its own and ends the host by ending.
# LAB_HOST: the host's name. LAB_TREES: the folder whose etc, var/lib, … the host sees as its own.
# LAB_MOUNTS: SOURCE:TARGET of what is mounted on top of them, both as the host sees them.
# LAB_DISK_MIB: the size of /var/lib when it is a disk of its own, else empty.
# LAB_RUNTIME: processes or containerd; then LAB_CONTAINERD: where it is in the host, LAB_IMAGES: their archive.
# LAB_NODE: the program node. LAB_TOOLS: folders with fetched programs. LAB_KUBELET: yes or no.
set -eu
cd /

# What comes from the machine goes below /opt/lab first: the trees below may hide where it was.
mount --bind "$LAB_NODE" "$LAB_TREES/opt/lab/components/node"
for folder in $LAB_TOOLS; do
  mount --bind "$folder" "$LAB_TREES/opt/lab/tools/$(basename "$folder")"
done

# A sudo that was fetched looks for its parts here.
if [ -d "$LAB_TREES/usr/libexec" ]; then mount --bind "$LAB_TREES/usr/libexec" /usr/libexec; fi

hostname "$LAB_HOST"
# A new /sys would hide the control groups, which containers need.
if [ "$LAB_RUNTIME" = containerd ]; then
  : > "$LAB_TREES/opt/lab/images.tar"
  mount --bind "$LAB_IMAGES" "$LAB_TREES/opt/lab/images.tar"
else
  mount -t sysfs sysfs /sys 2>/dev/null || true
fi
mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts /dev/pts 2>/dev/null || true
for tree in $LAB_BOUND; do
  mount --rbind "$LAB_TREES$tree" "$tree"
done
mount -t tmpfs -o mode=0755 tmpfs /run
if [ -n "$LAB_DISK_MIB" ]; then
  mkdir /run/disk
  mount -t tmpfs -o "mode=0755,size=${LAB_DISK_MIB}m" tmpfs /run/disk
  cp -a /var/lib/. /run/disk
  mount --move /run/disk /var/lib
  rmdir /run/disk
fi
# Disks of its own, for data that lie on a mount point.
for pair in $LAB_MOUNTS; do mount --bind "${pair%%:*}" "${pair#*:}"; done
# A host may write to its own trees only. What it shares with the machine is read-only.
mount -o remount,bind,ro /
mkdir -p /run/sshd /run/lock

# All namespaces of a machine have one boot id; a host that boots must have a new one.
cat /proc/sys/kernel/random/uuid > /run/simulated-boot-id
mount --bind /run/simulated-boot-id /proc/sys/kernel/random/boot_id

export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
unset LAB_NODE LAB_TREES LAB_DISK_MIB LAB_IMAGES LAB_MOUNTS
LD_LIBRARY_PATH=$LAB_SSHD_LIBRARIES "$LAB_SSHD" -f /etc/ssh/sshd_config -E /var/log/auth.log

if [ "$LAB_RUNTIME" = containerd ]; then
  (
    PATH=$LAB_CONTAINERD/usr/bin:$LAB_CONTAINERD/usr/sbin:$PATH
    export PATH
    while :; do
      containerd --config /etc/containerd/config.toml >> /var/log/containerd.log 2>&1 || true
      sleep 0.2
    done
  ) &
  until ctr version > /dev/null 2>&1; do sleep 0.05; done
  if [ ! -e /var/lib/containerd/.images ]; then
    ctr --namespace k8s.io images import /opt/lab/images.tar > /var/log/images.log 2>&1
    : > /var/lib/containerd/.images
  fi
fi

# As systemd would at boot.
for unit in /etc/systemd/system/multi-user.target.wants/*.service; do
  [ ! -e "$unit" ] || systemctl --no-block start "$(basename "$unit")"
done

# As systemd would: a kubelet that dies is started again, one that was stopped is not.
if [ "$LAB_KUBELET" = yes ]; then
  while :; do
    if [ ! -e /run/kubelet.stopped ]; then
      /opt/lab/components/kubelet /opt/lab/components/kubelet-stand-in.cjs \
        --config=/var/lib/kubelet/config.yaml >> /var/log/kubelet.log 2>&1 || true
    fi
    sleep 0.2
  done &
else
  sleep infinity &
fi

# The first process inherits every orphan; waiting is what takes their remains away.
while :; do wait; done
