# The runner: what runback starts on a host, once per connection. POSIX sh only.
# The protocol lives on descriptors 3 (requests) and 4 (answers); whatever a program prints by itself
# goes to standard error. $rb_nonce came on standard input: no file and no program on the host knows it.
#
#   request:  RID LENGTH \n  LENGTH bytes of sh  \n  NONCE \n
#   answer:   whatever the request prints, then  \n NONCE end RID \n
#
# The trailer is essential: a connection that breaks inside a request must not run half of it.

exec 3<&0 4>&1 </dev/null >&2
umask 022

# Marks the end of one part of an answer, with its exit code.
rb_part() {
  printf '\n%s part %s\n' "$rb_nonce" "$1"
}

# Field 22 of /proc/PID/stat: together with the boot id it names one process for good.
rb_start_ticks() {
  rb_stat=
  [ -r "/proc/$1/stat" ] && IFS= read -r rb_stat <"/proc/$1/stat"
  rb_stat=${rb_stat##*) }
  [ -n "$rb_stat" ] || return 1
  # shellcheck disable=SC2086
  set -- $rb_stat
  [ "$1" != Z ] || return 1
  printf '%s' "${20}"
}

rb_highest_epoch() {
  rb_highest=0
  for rb_entry in "$1"/epoch/*; do
    rb_number=${rb_entry##*/}
    case $rb_number in *[!0-9]* | '') continue ;; esac
    [ "$rb_number" -gt "$rb_highest" ] && rb_highest=$rb_number
  done
  printf '%s' "$rb_highest"
}

# rb_claim STEPS ID EPOCH SCRIPT: takes the id for good. Fails when somebody has it already.
rb_claim() {
  (
    umask 077
    mkdir -- "$1/$2" || exit 1
    printf '%s' "$4" >"$1/$2/script" || exit 1
    printf '%s %s\n' "$rb_boot" "$3" >"$1/$2/intent" || exit 1
  )
}

# rb_launch BASE STEPS EPOCH TIMEOUT_S ID…: runs the claimed steps in order, detached, and waits.
rb_launch() {
  (
    umask 077
    rb_base=$1 rb_steps=$2
    shift 2
    rb_files=
    for rb_id in "$@"; do
      [ -d "$rb_steps/$rb_id" ] && rb_files="$rb_files $rb_steps/$rb_id/script $rb_steps/$rb_id/intent $rb_steps/$rb_id"
    done
    # Ids are hexadecimal and the base has no blanks: splitting is what is wanted here.
    # shellcheck disable=SC2086
    sync $rb_files "$rb_steps" || exit 1
    rb_path=$PATH
    setsid env -i PATH="$rb_path" LC_ALL=C HOME=/root ETCDCTL_API=3 \
      sh -c "$rb_wrapper" runback-step "$rb_base" "$rb_steps" "$rb_boot" "$@" \
      </dev/null >/dev/null 2>&1 3<&- 4>&- &
    wait $!
  )
}

# What became of one id. Fields: state, exit code, milliseconds; then output tails as parts.
rb_receipt() {
  rb_dir=$1/$2
  if [ -s "$rb_dir/receipt" ]; then
    cat "$rb_dir/receipt"
    rb_part 0
    tail -c 4096 "$rb_dir/out" 2>/dev/null
    rb_part 0
    tail -c 4096 "$rb_dir/err" 2>/dev/null
    rb_part 0
    return
  fi
  printf '%s\n' "$3"
  rb_part 0
  rb_part 0
  rb_part 0
}

# rb_settle STEPS ID: says for good what became of an id. Nothing that is `never` can start afterwards.
rb_settle() {
  rb_dir=$1/$2
  if [ -s "$rb_dir/receipt" ]; then
    rb_receipt "$1" "$2"
    return
  fi
  if (umask 077 && mkdir -- "$rb_dir") 2>/dev/null; then
    rb_receipt "$1" "$2" 'never 0 0'
    return
  fi
  if [ -r "$rb_dir/who" ]; then
    read -r rb_pid rb_ticks rb_then <"$rb_dir/who"
    if [ "$rb_then" = "$rb_boot" ] && [ "$(rb_start_ticks "$rb_pid")" = "$rb_ticks" ]; then
      rb_receipt "$1" "$2" 'running 0 0'
      return
    fi
  fi
  if (umask 077; set -C; printf 'void\n' >"$rb_dir/start") 2>/dev/null; then
    rb_receipt "$1" "$2" 'never 0 0'
    return
  fi
  # The receipt may have come while we looked.
  if [ -s "$rb_dir/receipt" ]; then
    rb_receipt "$1" "$2"
    return
  fi
  rb_word=
  read -r rb_word <"$rb_dir/start"
  if [ "$rb_word" = void ]; then
    rb_receipt "$1" "$2" 'never 0 0'
  else
    rb_receipt "$1" "$2" 'interrupted 0 0'
  fi
}

# The detached half: runs claimed steps in order, each with a durable receipt before the next starts.
rb_wrapper='
base=$1 steps=$2 boot=$3 epoch=$4 limit=$5
shift 5
umask 077
stat=
IFS= read -r stat </proc/$$/stat
stat=${stat##*) }
ticks=$(set -- $stat; printf %s "${20}")
for id in "$@"; do
  [ -d "$steps/$id" ] && printf "%s %s %s\n" $$ "$ticks" "$boot" >"$steps/$id/who"
done
finish() {
  printf "%s\n" "$2" >"$steps/$1/receipt.part" &&
    { [ ! -e "$steps/$1/out" ] || sync "$steps/$1/out" "$steps/$1/err"; } &&
    sync "$steps/$1/receipt.part" &&
    mv -f -- "$steps/$1/receipt.part" "$steps/$1/receipt" &&
    sync "$steps/$1"
}
failed=
for id in "$@"; do
  if [ -n "$failed" ]; then
    (set -C; echo void >"$steps/$id/start") 2>/dev/null && finish "$id" "never 0 0"
    continue
  fi
  if [ "$epoch" -gt 0 ]; then
    for entry in "$base"/epoch/*; do
      number=${entry##*/}
      if [ "$number" -gt "$epoch" ]; then failed=fenced; fi
    done
  fi
  if [ "$failed" = fenced ]; then
    (set -C; echo void >"$steps/$id/start") 2>/dev/null && finish "$id" "fenced 0 0"
    continue
  fi
  (set -C; echo started >"$steps/$id/start") 2>/dev/null || exit 0
  begin=$(date +%s%N)
  if command -v timeout >/dev/null 2>&1; then
    (umask 022; exec timeout -k 5 "$limit" sh "$steps/$id/script") >"$steps/$id/out" 2>"$steps/$id/err" </dev/null
  else
    (umask 022; exec sh "$steps/$id/script") >"$steps/$id/out" 2>"$steps/$id/err" </dev/null
  fi
  code=$?
  end=$(date +%s%N)
  case $begin$end in *N*) took=0 ;; *) took=$(((end - begin) / 1000000)) ;; esac
  finish "$id" "done $code $took" || exit 1
  [ "$code" -eq 0 ] || failed=yes
done
'

rb_boot=
IFS= read -r rb_boot </proc/sys/kernel/random/boot_id
printf 'hello %s %s\n' "$$" "$rb_boot" >&4

while IFS=' ' read -r rb_rid rb_length <&3; do
  # A dot keeps the line breaks at the end, which a substitution would drop.
  rb_body=$(dd bs=65536 count="$rb_length" iflag=fullblock,count_bytes <&3 2>/dev/null && printf .)
  rb_body=${rb_body%.}
  IFS= read -r rb_trailer <&3 || exit 1
  [ "$rb_trailer" = "$rb_nonce" ] || exit 1
  (eval "$rb_body") >&4 3<&- </dev/null
  printf '\n%s end %s\n' "$rb_nonce" "$rb_rid" >&4
done
