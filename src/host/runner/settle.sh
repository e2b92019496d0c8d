# What became of a step, for good: nothing that is called `never` can start afterwards, and what was said
# is still so after a power cut.

# rb_void DIR: it never will start, unless it has. What another boot has left is not touched: there a missing
# start says nothing.
rb_void() {
  rb_then='' rb_rest=''
  [ -e "$1/intent" ] && read -r rb_then rb_rest 2>/dev/null <"$1/intent"
  case $rb_then/$rb_rest in "$rb_boot"/* | /*) ;; *' end') return 1 ;; esac
  rb_start "$1" void
}

# rb_settle DIR ID: sets rb_seen as rb_look does, or to `unsettled` when it could not be made final.
rb_settle() {
  rb_look "$1" "$2"
  case $rb_seen in
    absent | pending)
      [ -d "$1" ] || mkdir -- "$1" 2>/dev/null
      if rb_void "$1" && ! sync "$1/start" "$1" "${1%/*}"; then
        rb_seen=unsettled
        return
      fi
      rb_look "$1" "$2"
      case $rb_seen in absent | pending) rb_seen=unsettled rb_about='' ;; esac
      ;;
    # Its wrapper may have been killed between the receipt and the folder's sync.
    done) sync "$1" || rb_seen=unsettled rb_about='' ;;
  esac
}

# rb_settle_all BASE RUN ID…: a report for each.
rb_settle_all() {
  rb_steps=$1/runs/$2/steps
  shift 2
  rb_prepare "$rb_steps"
  rb_part $?
  for rb_id in "$@"; do
    rb_settle "$rb_steps/$rb_id" "$rb_id"
    rb_report "$rb_steps/$rb_id"
  done
}

# rb_launch_and_report CODE ID…: when all claims went well (CODE 0). What has its receipt behind a launch has
# it durably.
rb_launch_and_report() {
  rb_part "$1"
  [ "$1" -eq 0 ] || return 0
  shift
  rb_launch "$@" 2>&1
  rb_part $?
  for rb_id in "$@"; do
    rb_look "$rb_steps/$rb_id" "$rb_id"
    [ "$rb_seen" = 'done' ] || rb_settle "$rb_steps/$rb_id" "$rb_id"
    rb_report "$rb_steps/$rb_id"
  done
}
