# What this host's tools can do, found out once. What is essential and not there is told with the greeting.
umask 077
rb_missing=''
for rb_entry in cat chmod dd grep head mkdir mv rm sh sha256sum sleep tail wc; do
  command -v "$rb_entry" >/dev/null 2>&1 || rb_missing="$rb_missing,$rb_entry"
done
rb_boot=''
IFS= read -r rb_boot 2>/dev/null </proc/sys/kernel/random/boot_id
[ -n "$rb_boot" ] || rb_missing="$rb_missing,/proc"

rb_help=$(
  sync --help 2>&1
  echo ::
  timeout --help 2>&1
)
# An old sync takes no files and would force out everything: a host that runs etcd would stall.
rb_sync_by=sync-file rb_prelude=''
case ${rb_help%%::*} in
  *FILE*) ;;
  *)
    rb_sync_by='dd'
    # dd cannot open a folder: a file in it is written and forced out, and a file system with a journal
    # takes the folder's earlier entries along. Scripts of steps get the same words in front.
    # shellcheck disable=SC2016
    rb_prelude='sync() {
  for rb_file in "$@"; do
    [ ! -d "$rb_file" ] || { rb_file=$rb_file/.synced; printf . >"$rb_file" || return; }
    dd if=/dev/null of="$rb_file" conv=notrunc,fsync 2>/dev/null || return
  done
}
'
    eval "$rb_prelude"
    ;;
esac
# Older ones take the time in another way, and do not kill.
rb_limit_by='watcher'
case ${rb_help#*::} in *-k*) rb_limit_by='timeout' ;; esac
rb_detach=''
command -v setsid >/dev/null 2>&1 && rb_detach=setsid
# Reading lines costs no process, and a system call for each byte; busybox's dd needs no program.
rb_lines_bytes_max=512
[ -z "${BB_ASH_VERSION:-}" ] || rb_lines_bytes_max=0

# rb_find_uid: sets rb_uid.
rb_find_uid() {
  rb_uid=''
  while read -r rb_word rb_uid rb_rest; do
    [ "$rb_word" != Uid: ] || return 0
  done 2>/dev/null </proc/self/status
}

# rb_can_write FOLDER: it is there and ours to write, or can be made.
rb_can_write() {
  rb_path=$1
  while [ ! -d "$rb_path" ]; do
    rb_path=${rb_path%/*}
    [ -n "$rb_path" ] || rb_path=/
  done
  [ -w "$rb_path" ]
}

# Where receipts lie: the host's own place, or, for one who may not write there, below the user's home.
# A lock in there would keep nobody out: only receipts are kept there.
rb_state_root=${rb_state%/*}
rb_find_uid
if [ "$rb_uid" != 0 ] && ! rb_can_write "$rb_state"; then
  rb_word=$(id -un 2>/dev/null)
  rb_state=''
  case $rb_word in
    '' | *[!a-zA-Z0-9._-]* | [!a-zA-Z_]*) ;;
    *)
      eval "rb_state_root=~$rb_word"
      [ -d "$rb_state_root" ] && rb_state=$rb_state_root/.local/state/runback
      ;;
  esac
fi
