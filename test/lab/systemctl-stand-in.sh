#!/bin/sh
# A stand-in for systemctl: the lab's hosts have no systemd. It knows the kubelet, and any unit that has a
# folder in /run/units: there a file `active` and a file `enabled` are all that it is.
set -eu
START_TENTHS_MAX=50

quiet=no
waits=yes
words=
fields=
while [ $# -gt 0 ]; do
  word=$1
  shift
  case $word in
    -p) fields="$fields $1"; shift ;;
    -q | --quiet) quiet=yes ;;
    --no-block) waits=no ;;
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

# Until then systemd goes by what it has read.
if [ "$verb" = daemon-reload ]; then
  for state in /run/unit-stand-in/*/; do
    [ ! -d "$state" ] || cp -- "/etc/systemd/system/$(basename -- "$state")" "$state/loaded"
  done
  exit 0
fi
case $unit in
  kubelet | kubelet.service) unit=kubelet.service marks= ;;
  *.*) marks=/run/units/$unit ;;
  *) unit=$unit.service marks=/run/units/$unit ;;
esac
if [ -f "/etc/systemd/system/$unit" ]; then
  # shellcheck disable=SC2086 # fields have no blanks
  exec sh /usr/local/lib/unit-stand-in.sh "$verb" "$unit" "$waits" $fields
fi
known=yes
[ -z "$marks" ] || [ -d "$marks" ] || known=no

# The file may be older than the last kill -9, and its number somebody else's by now.
running() {
  if [ -n "$marks" ]; then [ -e "$marks/active" ]; return; fi
  pid=$(cat /run/kubelet-stand-in/pid 2>/dev/null) &&
    [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = kubelet ]
}

stop() {
  if [ -n "$marks" ]; then rm -f "$marks/active"; return; fi
  touch /run/kubelet.stopped
  if running; then
    # As systemd does: a stopped process must go on to notice that it is to end.
    kill -TERM "$pid"
    kill -CONT "$pid" 2>/dev/null || true
    while running; do sleep 0.05; done
  fi
}

start() {
  if [ -n "$marks" ]; then touch "$marks/active"; return; fi
  rm -f /run/kubelet.stopped
  tenths=0
  until running; do
    tenths=$((tenths + 1))
    [ "$tenths" -le "$START_TENTHS_MAX" ] || refuse 'the kubelet did not start' 1
    sleep 0.1
  done
}

# The kubelet is always enabled here: nothing starts the lab's hosts but the lab.
state_of() {
  case $1 in
    LoadState) if [ "$known" = yes ]; then echo loaded; else echo not-found; fi ;;
    ActiveState) if running; then echo active; else echo inactive; fi ;;
    UnitFileState)
      if [ "$known" = no ]; then echo
      elif [ -z "$marks" ] || [ -e "$marks/enabled" ]; then echo enabled
      else echo disabled; fi ;;
  esac
}

if [ "$verb" = show ]; then
  for field in $fields; do echo "$field=$(state_of "$field")"; done
  exit 0
fi
[ "$known" = yes ] || refuse "there is no unit '$unit'" 5

case $verb in
  start) start ;;
  stop) stop ;;
  restart) stop; start ;;
  enable) [ -z "$marks" ] || touch "$marks/enabled" ;;
  disable) [ -n "$marks" ] || refuse 'the kubelet stays enabled' 1; rm -f "$marks/enabled" ;;
  is-active)
    state=$(state_of ActiveState)
    [ "$quiet" = yes ] || echo "$state"
    [ "$state" = active ] || exit 3 ;;
  *) refuse "start, stop, restart, enable, disable, is-active, show and daemon-reload, not '$verb'" 1 ;;
esac
