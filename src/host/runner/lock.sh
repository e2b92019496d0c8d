# One lock for one cluster: a folder with `run` and `holder` in it, put in place whole by one rename, since
# a folder that is not empty cannot be renamed over. Epochs only rise and are never taken away.

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

# rb_raise BASE EPOCH: fails with 17 when somebody was faster.
rb_raise() {
  mkdir -- "$1/epoch/$2" && return
  [ -d "$1/epoch/$2" ] && return 17
  return 1
}

# rb_take BASE RUN EPOCH HOLDER OVER: takes the lock and raises the epoch, in that order; over its own earlier
# self a run raises first, and the epoch decides which of two is the one. Then nothing of older epochs starts.
# Fails with 17 when it is another's.
rb_take() {
  rb_made=$1/lock.$2
  rb_prepare "$1/epoch" || return
  rb_find_epoch "$1"
  [ "$rb_highest" -lt "$3" ] || return 17
  rm -rf -- "$rb_made"
  mkdir -- "$rb_made" && printf '%s\n' "$2" >"$rb_made/run" && printf '%s\n' "$4" >"$rb_made/holder" &&
    sync "$rb_made/run" "$rb_made/holder" "$rb_made" || return
  # point: made
  if [ -n "$5" ] && rb_is_locked_by "$1" "$5"; then
    rb_raise "$1" "$3" && mv -f -- "$rb_made/holder" "$1/lock/holder"
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

# rb_give_back BASE RUN [EPOCH]: does nothing when it is another's by now.
rb_give_back() {
  rb_is_locked_by "$1" "$2" || return 0
  if [ -n "$3" ]; then
    rb_find_epoch "$1"
    [ "$rb_highest" -le "$3" ] || return 0
  fi
  rm -rf -- "$1/lock.$2"
  mv -T -- "$1/lock" "$1/lock.$2" && rm -rf -- "$1/lock.$2" && sync "$1"
}

# rb_beat BASE RUN: the holder was heard of. No sync: it only informs.
rb_beat() {
  rb_is_locked_by "$1" "$2" || return 0
  rb_now
  printf '%s %s %s\n' "$rb_boot" "$rb_seconds" "$rb_hundredths" 2>/dev/null >"$1/lock/heard"
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
