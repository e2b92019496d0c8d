#!/bin/sh
# A stand-in for systemctl: the lab's hosts have no systemd. It knows one unit, the kubelet.
set -eu
verb=${1:-}
shift || true
while [ "${1#-}" != "${1:-}" ]; do shift; done
unit=${1:-}
case $unit in
  kubelet | kubelet.service) ;;
  *) echo "systemctl stand-in of the lab: only the unit kubelet is known, not '$unit'" >&2; exit 5 ;;
esac

# The process id is a promise of its own: the file may be older than the last kill -9.
running() {
  pid=$(cat /run/kubelet-stand-in/pid 2>/dev/null) &&
    [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = kubelet ]
}
stop() {
  touch /run/kubelet.stopped
  if running; then
    kill "$pid"
    while [ -e "/proc/$pid" ]; do sleep 0.05; done
  fi
}

case $verb in
  start) rm -f /run/kubelet.stopped ;;
  stop) stop ;;
  restart) stop; rm -f /run/kubelet.stopped ;;
  is-active)
    if running; then echo active; else echo inactive; exit 3; fi ;;
  *) echo "systemctl stand-in of the lab: start, stop, restart and is-active, not '$verb'" >&2; exit 1 ;;
esac
