# From an id to a step that runs: claim, intent, one sync, launch. What is not yet launched when its
# connection breaks never runs; what is launched needs no connection any more.
rb_prepared=''

# rb_prepare FOLDER: makes it and what is missing above it, and makes the entries durable up to where this
# host's state begins. Once for each runner: that a folder is there does not say that its entry is on the disk.
rb_prepare() {
  case " $rb_prepared " in *" $1 "*) return 0 ;; esac
  mkdir -p -- "$1" || return
  rb_folder=$1 rb_path=$1
  set --
  while [ "$rb_path" != "$rb_state_root" ] && [ -n "$rb_path" ]; do
    set -- "$@" "$rb_path"
    rb_path=${rb_path%/*}
  done
  sync "$@" "$rb_state_root/" || return
  rb_prepared="$rb_prepared $rb_folder"
}

# rb_claim BASE RUN EPOCH ID…: takes the ids for good. Fails, with 17, when anybody has ever had one of them.
rb_claim() {
  rb_base=$1 rb_steps=$1/runs/$2/steps rb_epoch=$3
  shift 3
  rb_prepare "$rb_steps" || return
  for rb_id in "$@"; do
    [ ! -e "$rb_steps/$rb_id" ] || return 17
  done
  (cd -- "$rb_steps" && mkdir -- "$@") || return
  # point: claimed
}

# rb_intend ID LIMIT DIGEST SCRIPT: what will be done. A line that is cut off has no end.
rb_intend() {
  printf '%s' "$rb_prelude$4" >"$rb_steps/$1/script" &&
    printf '%s %s %s %s end\n' "$rb_boot" "$rb_epoch" "$2" "$3" >"$rb_steps/$1/intent"
}

# rb_launch ID…: makes the claims durable, starts the steps detached, in order, and waits for their end.
rb_launch() {
  rb_files=$rb_steps
  for rb_id in "$@"; do
    rb_files="$rb_files $rb_steps/$rb_id/script $rb_steps/$rb_id/intent $rb_steps/$rb_id"
  done
  # Ids are hexadecimal and our own folders have no blanks: splitting is what is wanted here.
  # shellcheck disable=SC2086
  sync $rb_files || return 3
  # point: intended
  $rb_detach sh -c "$rb_wrapper" runback-step "$rb_base" "$rb_steps" "$rb_boot" "$rb_epoch" \
    "$rb_limit_by" "$rb_watcher" "$@" </dev/null >/dev/null 2>&1 3<&- 4>&- &
  rb_launched=$!
  # point: launched
  wait $rb_launched
}
