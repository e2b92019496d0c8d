#!/bin/sh
# What the lab's systemctl does with a unit that has a file in /etc/systemd/system: its ExecStart really
# runs, as its User, with its EnvironmentFile, and again as its Restart says.
#   unit-stand-in.sh VERB UNIT yes|no [FIELD…]      the third: does a start wait until it is ready?
set -eu
START_TENTHS_MAX=900
STOP_TENTHS_MAX=900
READY='ready to serve client requests'

verb=$1 unit=$2 waits=$3
shift 3
file=/etc/systemd/system/$unit
state=/run/unit-stand-in/$unit
wanted=/etc/systemd/system/multi-user.target.wants/$unit
log=/var/log/units/${unit%.service}.log
mkdir -p "$state" /var/log/units
touch "$log"
[ -e "$state/loaded" ] || cp -- "$file" "$state/loaded"

# Of the file as systemd has read it; a backslash at its end makes a line go on.
setting() { sed -e ':more' -e '/\\$/{N;s/\\\n[[:space:]]*/ /;b more' -e '}' "$state/loaded" | sed -n "s/^$1=//p" | tail -n 1; }
pid_of() { cat "$state/$1" 2>/dev/null || true; }
lives() { pid=$(pid_of "$1"); [ -n "$pid" ] && kill -0 "$pid" 2>/dev/null; }

# Type=notify: etcd tells systemd that it is ready when it has joined its cluster, with a quorum.
is_ready() {
  [ "$(setting Type)" = notify ] || return 0
  tail -c "+$(($(cat "$state/offset") + 1))" "$log" | grep -q "$READY"
}

active() {
  if ! lives supervisor; then
    if [ -e "$state/failed" ]; then echo failed; else echo inactive; fi
  elif lives main && is_ready; then echo active
  else echo activating; fi
}

supervise() {
  echo $$ >"$state/supervisor"
  user=$(setting User)
  group=$(setting Group)
  : "${user:=root}"
  : "${group:=$user}"
  while :; do
    wc -c <"$log" >"$state/offset"
    set -- PATH="$PATH"
    while IFS= read -r line; do
      case $line in '' | '#'*) ;; *) set -- "$@" "$line" ;; esac
    done <"$(setting EnvironmentFile)"
    # shellcheck disable=SC2046 # the words of the command
    setpriv --reuid="$user" --regid="$group" --init-groups \
      env -i "$@" $(setting ExecStart) >>"$log" 2>&1 &
    echo $! >"$state/main"
    code=0
    wait $! || code=$?
    [ ! -e "$state/stopping" ] || break
    case $(setting Restart) in
      always) ;;
      on-failure) [ "$code" -ne 0 ] || break ;;
      *) [ "$code" -eq 0 ] || touch "$state/failed"; break ;;
    esac
    tenths=$(($(setting RestartSec | tr -d s) * 10))
    while [ "$tenths" -gt 0 ] && [ ! -e "$state/stopping" ]; do
      tenths=$((tenths - 1))
      sleep 0.1
    done
    [ ! -e "$state/stopping" ] || break
  done
  rm -f "$state/main" "$state/supervisor"
}

start() {
  if ! lives supervisor; then
    rm -f "$state/stopping" "$state/failed"
    setsid sh "$0" supervise "$unit" no </dev/null >/dev/null 2>&1 &
    until lives supervisor; do sleep 0.05; done
  fi
  [ "$waits" = yes ] || return 0
  tenths=0
  until [ "$(active)" = active ]; do
    tenths=$((tenths + 1))
    if [ "$tenths" -gt "$START_TENTHS_MAX" ]; then
      stop
      touch "$state/failed"
      echo "Job for $unit failed because a timeout was exceeded." >&2
      exit 1
    fi
    sleep 0.1
  done
}

stop() {
  touch "$state/stopping"
  tenths=0
  while lives supervisor; do
    # As systemd does: a stopped process must go on to notice that it is to end.
    if lives main; then kill -TERM "$pid" && kill -CONT "$pid" || true; fi
    tenths=$((tenths + 1))
    if [ "$tenths" -gt "$STOP_TENTHS_MAX" ] && lives main; then kill -KILL "$pid" || true; fi
    sleep 0.1
  done
}

value_of() {
  case $1 in
    Id) echo "$unit" ;;
    LoadState) echo loaded ;;
    ActiveState) active ;;
    UnitFileState) if [ -L "$wanted" ]; then echo enabled; else echo disabled; fi ;;
    NeedDaemonReload) if cmp -s -- "$file" "$state/loaded"; then echo no; else echo yes; fi ;;
    FragmentPath) echo "$file" ;;
    ExecStart)
      words=$(setting ExecStart)
      echo "{ path=${words%% *} ; argv[]=$words ; ignore_errors=no ; start_time=[n/a] ; stop_time=[n/a] ; pid=0 ; code=(null) ; status=0/0 }" ;;
    EnvironmentFiles) echo "$(setting EnvironmentFile) (ignore_errors=no)" ;;
    User | Group) setting "$1" ;;
    MainPID) if lives main; then pid_of main; else echo 0; fi ;;
    *) echo ;;
  esac
}

case $verb in
  supervise) supervise ;;
  start) start ;;
  stop) stop ;;
  restart) stop; start ;;
  enable) mkdir -p "${wanted%/*}"; ln -sf "$file" "$wanted" ;;
  disable) rm -f "$wanted" ;;
  reset-failed) rm -f "$state/failed" ;;
  show) for field in "$@"; do echo "$field=$(value_of "$field")"; done ;;
  is-active) active; [ "$(active)" = active ] || exit 3 ;;
  *) echo "unit stand-in of the lab: not '$verb'" >&2; exit 1 ;;
esac
