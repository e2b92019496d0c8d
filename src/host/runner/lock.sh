# One lock for one cluster: a folder with `run` and `holder` in it, put in place whole by one rename, since
# a folder that is not empty cannot be renamed over. Epochs only rise and are never taken away: a folder is
# one under which the lock was taken, a file one under which a run has ended, and says which.

# rb_find_epoch BASE: sets rb_highest.
rb_find_epoch() {
  rb_highest=0
  for rb_entry in "$1"/epoch/*; do
    rb_number=${rb_entry##*/}
    case $rb_number in *[!0-9]* | '') continue ;; esac
    [ "$rb_number" -gt "$rb_highest" ] && rb_highest=$rb_number
  done
}

# rb_is_locked_by BASE RUN
rb_is_locked_by() {
  rb_word=''
  [ -e "$1/lock/run" ] && read -r rb_word 2>/dev/null <"$1/lock/run"
  [ "$rb_word" = "$2" ]
}

# rb_find_end BASE RUN: sets rb_ended to the highest epoch under which this run has ended here; 0: it has not.
rb_find_end() {
  rb_ended=0
  # Epochs are numbers and our own folders have no blanks: splitting is what is wanted here.
  # shellcheck disable=SC2013
  for rb_entry in $(grep -rsl "^$2 .* end\$" "$1/epoch"); do
    rb_number=${rb_entry##*/}
    [ "$rb_number" -gt "$rb_ended" ] && rb_ended=$rb_number
  done
}

# rb_has_not_ended BASE RUN KNOWN: fails with 19 when it has, under an epoch above KNOWN.
rb_has_not_ended() {
  rb_find_end "$1" "$2"
  [ "$rb_ended" -le "$3" ] || return 19
}

# rb_raise BASE EPOCH: fails with 17 when somebody was faster.
rb_raise() {
  mkdir -- "$1/epoch/$2" && return
  [ -e "$1/epoch/$2" ] && return 17
  return 1
}

# rb_take BASE RUN EPOCH HOLDER OVER KNOWN: takes the lock and raises the epoch, in that order; over its own
# earlier self a run raises first, and the epoch decides which of two is the one. Then nothing of older epochs
# starts. Fails with 17 when it is another's, and with 19 when the run has ended here under an epoch above
# KNOWN, or has been here and is said to begin: whoever asks has an older copy of it.
rb_take() {
  rb_made=$1/lock.$2
  rb_prepare "$1/epoch" || return
  rb_find_epoch "$1"
  [ "$rb_highest" -lt "$3" ] || return 17
  rb_has_not_ended "$1" "$2" "$6" || return
  [ -n "$5" ] || [ ! -e "$1/runs/$2" ] || return 19
  rm -rf -- "$rb_made"
  mkdir -- "$rb_made" && printf '%s\n' "$2" >"$rb_made/run" && printf '%s\n' "$4" >"$rb_made/holder" &&
    sync "$rb_made/run" "$rb_made/holder" "$rb_made" || return
  # point: made
  if [ -n "$5" ] && rb_is_locked_by "$1" "$5"; then
    rb_raise "$1" "$3" && rb_has_not_ended "$1" "$2" "$6" && mv -f -- "$rb_made/holder" "$1/lock/holder"
    rb_code=$?
    rm -rf -- "$rb_made"
    [ $rb_code -eq 0 ] || return $rb_code
  elif mv -T -- "$rb_made" "$1/lock"; then
    # point: locked
    rb_raise "$1" "$3"
    rb_code=$?
    if [ $rb_code -ne 0 ]; then
      rb_give_back "$1" "$2" ''
      return $rb_code
    fi
  else
    rm -rf -- "$rb_made"
    [ -e "$1/lock/run" ] && return 17
    return 1
  fi
  # point: raised
  sync "$1/epoch" "$1" "$1/lock" || return
  # point: fenced
  rb_void_all "$1"
}

# rb_void_all BASE: every claim of an older epoch that has not started never will; what runs is named.
rb_void_all() {
  rb_voided='' rb_open=''
  for rb_dir in "$1"/runs/*/steps/*; do
    [ -d "$rb_dir" ] || continue
    rb_has_receipt "$rb_dir" && continue
    if rb_void "$rb_dir"; then
      rb_voided="$rb_voided $rb_dir/start $rb_dir"
      continue
    fi
    rb_id=${rb_dir##*/}
    rb_look "$rb_dir" "$rb_id"
    rb_entry=${rb_dir%/steps/*}
    case $rb_seen in
      running | orphaned) rb_open="$rb_open${rb_entry##*/} $rb_id $rb_about
" ;;
    esac
  done
  # shellcheck disable=SC2086
  [ -z "$rb_voided" ] || sync $rb_voided
}

# rb_give_back BASE RUN [EPOCH]: fails with 17, and does nothing, when it is not so held by now.
rb_give_back() {
  rb_is_locked_by "$1" "$2" || return 17
  if [ -n "$3" ]; then
    rb_find_epoch "$1"
    [ "$rb_highest" -le "$3" ] || return 17
  fi
  rm -rf -- "$1/lock.$2"
  mv -T -- "$1/lock" "$1/lock.$2" && rm -rf -- "$1/lock.$2" && sync "$1"
}

# rb_end_run BASE RUN EPOCH NEXT: the run has ended, under NEXT, and gives back the lock that it took under
# EPOCH. Of an end and a take-over whichever makes its epoch first is right. Fails with 17 when that was
# another; asked again, it says the same.
rb_end_run() {
  rb_word=''
  [ -f "$1/epoch/$4" ] && IFS= read -r rb_word 2>/dev/null <"$1/epoch/$4"
  if [ "$rb_word" != "$2 $3 end" ]; then
    rb_find_epoch "$1"
    [ "$rb_highest" -le "$3" ] || return 17
    # point: ending
    if ! rb_write_new "$1/epoch/$4" "$2 $3 end"; then
      [ -e "$1/epoch/$4" ] && return 17
      return 1
    fi
    rb_find_epoch "$1"
    if [ "$rb_highest" -ne "$4" ]; then
      rm -f -- "$1/epoch/$4"
      return 17
    fi
  fi
  sync "$1/epoch/$4" "$1/epoch" || return
  # point: ended
  rb_give_back "$1" "$2" "$4"
  rb_code=$?
  # Given up by hand meanwhile, and nobody has taken it: the epoch says so.
  [ $rb_code -eq 17 ] || return $rb_code
}

# rb_beat BASE RUN: the holder was heard of. No sync: it only informs.
rb_beat() {
  rb_is_locked_by "$1" "$2" || return 0
  rb_now
  printf '%s %s %s\n' "$rb_boot" "$rb_seconds" "$rb_hundredths" 2>/dev/null >"$1/lock/heard"
}

# rb_read_run BASE RUN: the epoch under which it has ended here, and the ids that have started, as two parts.
rb_read_run() {
  rb_find_end "$1" "$2"
  printf '%s\n' "$rb_ended"
  rb_part 0
  for rb_entry in "$1/runs/$2/steps"/*; do
    [ -e "$rb_entry/start" ] || continue
    rb_word=''
    read -r rb_word 2>/dev/null <"$rb_entry/start"
    [ "$rb_word" = void ] || printf '%s\n' "${rb_entry##*/}"
  done
  rb_part 0
}

# rb_read_lock BASE: the epoch, the holder, the milliseconds since he was heard of, and his run, as four parts.
rb_read_lock() {
  rb_find_epoch "$1"
  printf '%s\n' "$rb_highest"
  rb_part 0
  [ -e "$1/lock/holder" ] && cat "$1/lock/holder"
  rb_part 0
  rb_then='' rb_from='' rb_rest=''
  [ -e "$1/lock/heard" ] && read -r rb_then rb_from rb_rest 2>/dev/null <"$1/lock/heard"
  if [ "$rb_then" = "$rb_boot" ] && [ -n "$rb_rest" ]; then
    rb_since "$rb_from" "$rb_rest"
    printf '%s\n' "$rb_took"
  fi
  rb_part 0
  [ -e "$1/lock/run" ] && cat "$1/lock/run"
  rb_part 0
}
