#!/bin/sh
# A dynamic inventory: lists everything at once, the variables of hosts in _meta.
[ "$1" = --list ] || exit 9
cat <<'END'
{
	"_meta": {"hostvars": {"cp1": {"ansible_host": "10.0.0.1", "n": 1e2, "deep": {"a": [1, null, true]}}, "stranger": {"x": 1}}},
	"etcd": {"hosts": ["cp1", "cp2"], "vars": {"level": "etcd", "ansible_group_priority": 3}},
	"list": ["cp2", "cp3"],
	"other": {"hosts": ["cp1"], "vars": {"level": "other"}},
	"site": {"children": ["etcd", "later"], "vars": {"level": "site"}},
	"later": {"hosts": []},
	"web1": {"kind": "web", "port": 80},
	"cluster": {"children": ["site"]}
}
END
echo "a warning" >&2
