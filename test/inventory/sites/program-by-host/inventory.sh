#!/bin/sh
# A dynamic inventory of the old kind: it is asked for every host.
case $1 in
--list) echo '{"etcd": {"hosts": ["cp1", "cp2"]}, "all": {"vars": {"a": 1}}}' ;;
--host) echo "{\"asked\": \"$2\", \"a\": 2}" ;;
esac
