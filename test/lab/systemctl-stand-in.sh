#!/bin/sh
# A stand-in for systemctl: the lab's hosts have no systemd. It knows one unit, the kubelet.
set -eu
START_TENTHS_MAX=50

quiet=no
words=
for word in "$@"; do
  case $word in
    -q | --quiet) quiet=yes ;;
    -*) ;;
    *) words="$words $word" ;;
  esac
done
# shellcheck disable=SC2086 # unit names have no blanks
set -- $words
verb=${1-}
unit=${2-}

refuse() {
  echo "systemctl stand-in of the lab: $1" >&2
  exit "$2"
}

[ "$verb" = daemon-reload ] && exit 0
case $unit in
  kubelet | kubelet.service) ;;
  *) refuse "only the unit kubelet is known, not '$unit'" 5 ;;
esac

# The file may be older than the last kill -9, and its number somebody else's by now.
running() {
  pid=$(cat /run/kubelet-stand-in/pid 2>/dev/null) &&
    [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = kubelet ]
}

stop() {
  touch /run/kubelet.stopped
  if running; then
    # As systemd does: a stopped process must go on to notice that it is to end.
    kill -TERM "$pid"
    kill -CONT "$pid" 2>/dev/null || true
    while running; do sleep 0.05; done
  fi
}

start() {
  rm -f /run/kubelet.stopped
  tenths=0
  until running; do
    tenths=$((tenths + 1))
    [ "$tenths" -le "$START_TENTHS_MAX" ] || refuse 'the kubelet did not start' 1
    sleep 0.1
  done
}

case $verb in
  start) start ;;
  stop) stop ;;
  restart) stop; start ;;
  is-active)
    state=inactive code=3
    if running; then state=active code=0; fi
    [ "$quiet" = yes ] || echo "$state"
    exit "$code" ;;
  *) refuse "start, stop, restart, is-active and daemon-reload, not '$verb'" 1 ;;
esac
