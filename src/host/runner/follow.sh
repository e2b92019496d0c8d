# Looking at a step that runs, and ending it: on a channel of its own, since the first one waits.
rb_follow_bytes_max=65536

# rb_piece FILE AT: the position where the piece begins and the piece, as two parts. One that is far
# behind is told only the end.
rb_piece() {
  rb_size=0 rb_at=$2
  [ -s "$1" ] && rb_size=$(($(wc -c <"$1")))
  # It was cut meanwhile.
  [ "$rb_at" -le "$rb_size" ] || rb_at=0
  [ $((rb_size - rb_at)) -le $rb_follow_bytes_max ] || rb_at=$((rb_size - rb_follow_bytes_max))
  printf '%s\n' "$rb_at"
  rb_part 0
  [ "$rb_at" -eq "$rb_size" ] || tail -c +$((rb_at + 1)) "$1" | head -c $rb_follow_bytes_max
  rb_part 0
}

# rb_pause: the shortest that this host's sleep can.
rb_pause() {
  sleep 0.1 2>/dev/null || sleep 1
}

# rb_follow BASE RUN ID OUT_AT ERR_AT: waits a second at most for the end, then tells what is new.
rb_follow() {
  rb_dir=$1/runs/$2/steps/$3
  rb_turns=10
  rb_look "$rb_dir" "$3"
  while [ "$rb_turns" -gt 0 ]; do
    case $rb_seen in running | orphaned | pending | absent) ;; *) break ;; esac
    rb_pause
    rb_turns=$((rb_turns - 1))
    rb_look "$rb_dir" "$3"
  done
  printf '%s\n' "$rb_seen $rb_about"
  rb_part 0
  rb_piece "$rb_dir/out" "$4"
  rb_piece "$rb_dir/err" "$5"
}

# rb_cancel BASE RUN ID…: what has not started never will; what runs is asked to end, then made to.
# Then all are settled.
rb_cancel() {
  rb_base=$1 rb_run=$2 rb_steps=$1/runs/$2/steps
  shift 2
  for rb_id in "$@"; do
    [ ! -d "$rb_steps/$rb_id" ] || rb_void "$rb_steps/$rb_id"
  done
  rb_turns=0 rb_told=''
  while [ "$rb_turns" -lt 150 ]; do
    rb_alive=''
    for rb_id in "$@"; do
      [ ! -d "$rb_steps/$rb_id" ] || rb_end_one "$rb_steps/$rb_id" "$rb_id"
    done
    [ -n "$rb_alive" ] || break
    rb_pause
    rb_turns=$((rb_turns + 1))
  done
  rb_settle_all "$rb_base" "$rb_run" "$@"
}

# rb_end_one DIR ID: TERM once to each of its processes, KILL from the fifth second on.
rb_end_one() {
  rb_look "$1" "$2"
  case $rb_seen in running | orphaned) rb_alive=yes ;; *) return ;; esac
  rb_find_left "$2" "$rb_pid" "$rb_of"
  if [ "$rb_turns" -ge 50 ]; then
    rb_signal KILL
    return
  fi
  rb_told_now=''
  for rb_entry in $rb_left; do
    case " $rb_told " in *" $rb_entry "*) ;; *) rb_told_now="$rb_told_now $rb_entry" ;; esac
  done
  rb_left=$rb_told_now
  rb_signal TERM
  rb_told="$rb_told $rb_told_now"
}
