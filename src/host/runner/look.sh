# What is known of a step, only by looking.

# rb_has_receipt DIR: sets rb_receipt to what stands between `done` and `end`.
rb_has_receipt() {
  rb_word='' rb_receipt=''
  [ -e "$1/receipt" ] && read -r rb_word rb_receipt 2>/dev/null <"$1/receipt"
  case "$rb_word $rb_receipt" in
    'done '*' end') rb_receipt=${rb_receipt% end} ;;
    *) return 1 ;;
  esac
}

# rb_look DIR ID: sets rb_seen, and rb_about to what is to be said of it:
#   done CODE MS SHA256 BYTES · running PID · orphaned PID… · interrupted killed|reboot · never
#   pending: claimed and not started, and nobody can say by looking whether it will be
#   absent: nobody has claimed it
rb_look() {
  rb_about=''
  rb_has_receipt "$1" && rb_seen='done' rb_about=$rb_receipt && return
  rb_seen=absent
  [ -d "$1" ] || return 0
  rb_pid='' rb_then_ticks='' rb_who_boot='' rb_of=0 rb_word=''
  [ -e "$1/who" ] && read -r rb_pid rb_then_ticks rb_who_boot rb_of rb_word 2>/dev/null <"$1/who"
  [ "$rb_word" = end ] || rb_pid=''
  if [ -n "$rb_pid" ] && rb_lives "$rb_pid" "$rb_then_ticks" "$rb_who_boot"; then
    rb_seen=running rb_about=$rb_pid
    return
  fi
  # Whoever writes a receipt lives until it is there: it may have come while we looked.
  rb_has_receipt "$1" && rb_seen='done' rb_about=$rb_receipt && return
  rb_look_at_the_dead "$1" "$2"
}

rb_look_at_the_dead() {
  rb_word=absent
  if [ -e "$1/start" ]; then
    rb_word=''
    read -r rb_word 2>/dev/null <"$1/start"
  fi
  rb_then='' rb_rest=''
  [ -e "$1/intent" ] && read -r rb_then rb_rest 2>/dev/null <"$1/intent"
  case $rb_rest in *' end') ;; *) rb_then='' ;; esac
  rb_seen=interrupted rb_about=killed
  case $rb_word/$rb_then in
    void/*) rb_seen=never rb_about='' ;;
    # The intent is durable before anything is launched: without it nothing was.
    absent/) rb_seen=pending rb_about='' ;;
    absent/"$rb_boot") rb_seen=pending rb_about='' ;;
    # Written before the script runs, so that here it was not; and nobody can be the first any more.
    / | /"$rb_boot") rb_seen=never rb_about='' ;;
    started/"$rb_boot")
      # A number is not given away again while it is a session's: where it is another's, nobody is left.
      rb_stat_of "$rb_pid" && [ "$rb_ticks" != "$rb_then_ticks" ] && return
      rb_find_left "$2" "$rb_pid" "$rb_of"
      [ -z "$rb_left" ] || rb_seen=orphaned rb_about=${rb_left# }
      ;;
    # A start is not durable, so that after a boot a missing one says nothing.
    *) rb_about=reboot ;;
  esac
}

# rb_report DIR: what was seen, and the ends of its output, as three parts.
rb_report() {
  printf '%s\n' "$rb_seen $rb_about"
  rb_part 0
  for rb_entry in "$1/out" "$1/err"; do
    [ -s "$rb_entry" ] && tail -c 4096 "$rb_entry"
    rb_part 0
  done
}
