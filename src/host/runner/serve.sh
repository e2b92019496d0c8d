# Serves one channel: the protocol lives on descriptors 3 (requests) and 4 (answers); whatever a program
# prints by itself goes to standard error. $rb_nonce came on standard input: no file and no program of the
# host knows it.
#
#   request:  RID LENGTH \n  LENGTH bytes of sh  NONCE \n
#             RID lines \n  lines of sh  \n NONCE \n        (short ones: no process is needed to read them)
#   answer:   whatever the request prints, then  \n NONCE end RID \n
#
# The trailer is essential: a connection that breaks inside a request must not run half of it.

exec 3<&0 4>&1 </dev/null >&2

# Marks the end of one part of an answer, with its exit code.
rb_part() {
  printf '\n%s part %s\n' "$rb_nonce" "$1"
}

# rb_read_lines: sets rb_body to the lines up to the nonce; fails when that does not come.
rb_read_lines() {
  rb_body=''
  while IFS= read -r rb_line <&3; do
    [ "$rb_line" != "$rb_nonce" ] || return 0
    rb_body="$rb_body$rb_line
"
  done
  return 1
}

# rb_read_bytes LENGTH: sets rb_body to exactly so many bytes, and fails when the nonce is not behind them.
rb_read_bytes() {
  # A dot keeps the line breaks at the end, which a substitution would drop.
  if [ "$rb_frames_by" = dd ]; then
    rb_body=$(dd bs=65536 count="$1" iflag=fullblock,count_bytes <&3 2>/dev/null && printf .)
  else
    rb_body=$(dd bs=1 count="$1" <&3 2>/dev/null && printf .)
  fi
  rb_body=${rb_body%.}
  IFS= read -r rb_line <&3 && [ "$rb_line" = "$rb_nonce" ]
}

rb_frames_by=${rb_frames_by:-dd}
# At a line's beginning, whatever start-up files have printed before.
printf '\n%s hello pid=%s boot=%s uid=%s sync=%s limit=%s detach=%s frames=%s lines=%s missing=%s state=%s\n' \
  "$rb_nonce" $$ "$rb_boot" "$rb_uid" "$rb_sync_by" "$rb_limit_by" "$rb_detach" "$rb_frames_by" \
  "$rb_lines_bytes_max" "${rb_missing#,}" "$rb_state" >&4

while IFS=' ' read -r rb_rid rb_length <&3; do
  if [ "$rb_length" = lines ]; then
    rb_read_lines || exit 1
  else
    rb_read_bytes "$rb_length" || exit 1
  fi
  eval "$rb_body" >&4 3<&- 4>&- </dev/null
  printf '\n%s end %s\n' "$rb_nonce" "$rb_rid" >&4
done
