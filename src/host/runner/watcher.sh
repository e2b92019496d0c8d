# Watches one step that may run long: its output on the disk, and its time where `timeout` cannot. It lives
# as long as the wrapper or anything that the step has left.
rb_dir=$1 rb_id=$2 rb_limit=$3 rb_limit_by=$4 rb_pid=$5 rb_pid_ticks=$6 rb_boot=$7 rb_of=$8
umask 077
trap '' HUP
rb_now
rb_from=$rb_seconds
while sleep 1; do
  [ -e "$rb_dir/start" ] && [ ! -e "$rb_dir/receipt" ] || exit 0
  rb_find_left "$rb_id" "$rb_pid" "$rb_of"
  [ -n "$rb_left" ] || rb_lives "$rb_pid" "$rb_pid_ticks" "$rb_boot" || exit 0
  rb_cut "$rb_dir/out"
  rb_cut "$rb_dir/err"
  [ "$rb_limit_by" != timeout ] || continue
  rb_now
  if [ $((rb_seconds - rb_from)) -ge $((rb_limit + 5)) ]; then
    rb_signal KILL
  elif [ $((rb_seconds - rb_from)) -ge "$rb_limit" ]; then
    rb_signal TERM
  fi
done
