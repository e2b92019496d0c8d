# What a step prints goes to files, never through pipes: a child that stays in the background would hold
# them. Files are not bounded by themselves, and `ulimit -f` would hit what the step itself writes.
rb_output_bytes_max=16777216
rb_output_bytes_kept=65536

# rb_cut FILE: keeps the end of what became too long. Its writers append, so they go on behind it.
rb_cut() {
  [ -s "$1" ] && [ "$(wc -c <"$1")" -gt $rb_output_bytes_max ] || return 0
  tail -c $rb_output_bytes_kept "$1" >"$1.cut"
  true >"$1"
  cat "$1.cut" >>"$1"
  rm -f -- "$1.cut"
}
