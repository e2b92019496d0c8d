# Which process is which, read off /proc with built-ins only: no process is started to look.

# rb_stat_of PID: sets rb_ticks (field 22: with the boot id it names one process for good) and rb_session.
# Fails when there is no such process, or only its remains.
rb_stat_of() {
  rb_stat=
  # A process may have line breaks in its name.
  [ -r "/proc/$1/stat" ] &&
    while IFS= read -r rb_line; do rb_stat=$rb_stat$rb_line; done 2>/dev/null <"/proc/$1/stat"
  rb_stat=${rb_stat##*) }
  # shellcheck disable=SC2086
  set -- $rb_stat
  case ${1:-gone} in gone | Z | X) return 1 ;; esac
  rb_session=$4 rb_ticks=${20}
}

# rb_lives PID TICKS BOOT: whether it is still that very process. Numbers are used again, after a boot even soon.
rb_lives() {
  [ "$3" = "$rb_boot" ] && rb_stat_of "$1" && [ "$rb_ticks" = "$2" ]
}

# rb_find_left ID LEADER SESSION: sets rb_left to the processes of one step, but for its wrapper. They are
# the members of the wrapper's session that say of no other step that they are its; where there was no
# setsid (session 0), those that carry the id.
rb_find_left() {
  rb_left=
  if [ "$3" = 0 ]; then
    # shellcheck disable=SC2013
    for rb_entry in $(grep -ls "RUNBACK_STEP=$1" /proc/[0-9]*/environ 2>/dev/null); do
      rb_entry=${rb_entry#/proc/}
      rb_stat_of "${rb_entry%%/*}" && rb_left="$rb_left ${rb_entry%%/*}"
    done
    return
  fi
  for rb_entry in /proc/[0-9]*; do
    rb_entry=${rb_entry#/proc/}
    [ "$rb_entry" != "$2" ] || continue
    rb_stat_of "$rb_entry" || continue
    [ "$rb_session" = "$3" ] || continue
    if grep -qs RUNBACK_STEP= "/proc/$rb_entry/environ" 2>/dev/null; then
      grep -qs "RUNBACK_STEP=$1" "/proc/$rb_entry/environ" || continue
    fi
    rb_left="$rb_left $rb_entry"
  done
}

# rb_now: sets rb_seconds and rb_hundredths since the boot. No clock that somebody may set.
rb_now() {
  rb_up=
  IFS=' ' read -r rb_up rb_rest </proc/uptime
  rb_seconds=${rb_up%.*} rb_hundredths=1${rb_up#*.}
}

# rb_since SECONDS HUNDREDTHS: sets rb_took to the milliseconds since then.
rb_since() {
  rb_now
  rb_took=$(((rb_seconds - $1) * 1000 + (rb_hundredths - $2) * 10))
}

# rb_signal NAME: to all that rb_find_left found.
rb_signal() {
  for rb_entry in $rb_left; do kill -s "$1" "$rb_entry" 2>/dev/null; done
}
