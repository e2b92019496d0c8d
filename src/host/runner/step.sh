# The two ends of a step, the same for a script and for a file that was sent: it starts at most once, and
# its end is durable before anything that comes behind it.

# rb_is_fenced BASE EPOCH: a newer run has raised the epoch. Without a lock there is no epoch (0) and no fence.
rb_is_fenced() {
  [ "$2" -gt 0 ] || return 1
  for rb_entry in "$1"/epoch/*; do
    rb_number=${rb_entry##*/}
    case $rb_number in *[!0-9]* | '') continue ;; esac
    [ "$rb_number" -le "$2" ] || return 0
  done
  return 1
}

# rb_write_who DIR SESSION: who carries it out, so that anybody can see whether he still lives.
rb_write_who() {
  rb_stat_of $$ && printf '%s %s %s %s end\n' $$ "$rb_ticks" "$rb_boot" "$2" >"$1/who"
}

# rb_write_new FILE LINE: fails when it is there. Only one of all who try is the first.
rb_write_new() {
  set -C
  printf '%s\n' "$2" 2>/dev/null >"$1"
  rb_code=$?
  set +C
  return $rb_code
}

# rb_start DIR WORD: `started`, or `void` for good.
rb_start() {
  rb_write_new "$1/start" "$2"
}

# rb_finish DIR CODE MILLISECONDS SHA256 BYTES: the receipt, whole or not there.
rb_finish() {
  rb_dir=$1
  printf 'done %s %s %s %s end\n' "$2" "$3" "$4" "$5" >"$rb_dir/receipt.part" || return
  set -- "$rb_dir/receipt.part"
  [ -s "$rb_dir/out" ] && set -- "$rb_dir/out" "$@"
  [ -s "$rb_dir/err" ] && set -- "$rb_dir/err" "$@"
  sync "$@" || return
  # point: temporary
  mv -f -- "$rb_dir/receipt.part" "$rb_dir/receipt" || return
  # point: renamed
  sync "$rb_dir"
}
