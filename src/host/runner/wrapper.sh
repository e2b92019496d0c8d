# The detached half: runs claimed steps in order. It ends with 0 when all that could be done was done, with
# 9 when a newer run has taken over, and with 3 when it could not write what has to be written.
rb_base=$1 rb_steps=$2 rb_boot=$3 rb_epoch=$4 rb_limit_by=$5 rb_watcher=$6
shift 6
umask 077
trap '' HUP
rb_stat_of $$ || exit 3
rb_own_ticks=$rb_ticks rb_own_session=0 rb_detach=
[ "$rb_session" != $$ ] || rb_own_session=$$ rb_detach=setsid
for rb_id in "$@"; do
  rb_write_who "$rb_steps/$rb_id" $rb_own_session || exit 3
done
# point: awake

# rb_run DIR ID LIMIT: the script. What runs long is watched: its output on the disk, and its time.
rb_run() {
  unset RUNBACK_STEP
  if [ "$3" -gt 0 ]; then
    $rb_detach sh -c "$rb_watcher" runback-watch "$1" "$2" "$3" "$rb_limit_by" \
      $$ "$rb_own_ticks" "$rb_boot" "$rb_own_session" </dev/null >/dev/null 2>&1 &
    rb_watch=$!
  fi
  export RUNBACK_STEP="$2"
  if [ "$3" -gt 0 ] && [ "$rb_limit_by" = timeout ]; then
    timeout -k 5 "$3" sh "$1/script"
  else
    sh "$1/script"
  fi
}

# rb_carry_out DIR ID: from its start to its receipt.
rb_carry_out() {
  IFS=' ' read -r rb_word rb_word rb_limit rb_rest <"$1/intent"
  rb_now
  rb_from_seconds=$rb_seconds rb_from_hundredths=$rb_hundredths
  umask 022
  rb_run "$1" "$2" "$rb_limit" >>"$1/out" 2>>"$1/err" </dev/null
  rb_code=$?
  umask 077
  # point: ran
  rb_since "$rb_from_seconds" "$rb_from_hundredths"
  if [ "$rb_limit" -gt 0 ]; then
    kill "$rb_watch" 2>/dev/null
    rb_cut "$1/out"
    rb_cut "$1/err"
    case $rb_code in
      124 | 137 | 143)
        if [ "$rb_took" -ge $((rb_limit * 1000)) ]; then
          printf 'runback: ended after its limit of %s s\n' "$rb_limit" >>"$1/err"
          # The watcher ends with the script, perhaps before it came to what the script has left.
          rb_find_left "$2" $$ "$rb_own_session"
          rb_signal KILL
        fi
        ;;
    esac
  fi
  rb_exit=$rb_code
  rb_finish "$1" "$rb_code" "$rb_took" - -
}

rb_end=0 rb_stop='' rb_voided=''
for rb_id in "$@"; do
  rb_step=$rb_steps/$rb_id
  if [ -z "$rb_stop" ] && rb_is_fenced "$rb_base" "$rb_epoch"; then rb_stop=yes rb_end=9; fi
  if [ -n "$rb_stop" ]; then
    rb_start "$rb_step" void && rb_voided="$rb_voided $rb_step/start $rb_step"
    continue
  fi
  # What it will need is there before it starts: a full disk then prevents it, and leaves no doubt.
  true 2>/dev/null >>"$rb_step/out" && true 2>/dev/null >>"$rb_step/err" || exit 3
  # point: checked
  if rb_start "$rb_step" started; then
    # point: started
    rb_carry_out "$rb_step" "$rb_id" || exit 3
    [ "$rb_exit" -eq 0 ] || rb_stop=yes
  else
    rb_word=
    read -r rb_word 2>/dev/null <"$rb_step/start"
    [ "$rb_word" = void ] || exit 3
    # Somebody was faster: a newer run, or one that asked what became of it and was told `never`.
    rb_stop=yes
    rb_is_fenced "$rb_base" "$rb_epoch" && rb_end=9
  fi
done
# Ids are hexadecimal and our own folders have no blanks: splitting is what is wanted here.
# shellcheck disable=SC2086
[ -z "$rb_voided" ] || sync $rb_voided || exit 3
exit $rb_end
