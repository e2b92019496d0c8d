/** A playbook in which nearly every keyword is used as it is meant: mistakes are typed into copies of it. */
export const EVERY_KEYWORD = `name: Patch the nodes
description: Every keyword once.
runback: 1
vars:
  mirror: { type: string, default: mirror.lab }
  ports: { type: list, items: integer, default: [2379, 2380] }
  token: { type: secret }
plays:
  - name: Look
    hosts: etcd
    become: true
    tags: look
    environment:
      LANG: C
    tasks:
      - name: Ask for the version
        command:
          argv: [etcd, --version]
          undo: nothing
        register: version
        changed_when: false
        failed_when: result.rc > 1
        until: results.version.stdout.contains("etcd")
        retries: 3
        delay: 2s
        tags: [version, always]
      - name: Look at each port
        command:
          argv: [ss, -tln, "sport = :\${{ item }}"]
        undo: nothing
        creates: /run/etcd
        loop: \${{ vars.ports }}
        register: sockets
        ignore_errors: true
        no_log: false
      - name: Say it
        debug:
          message: \${{ results.sockets[0].stdout }} of \${{ results.sockets.size() }}
        when:
          - results.version.ran
          - results.sockets.all(one, one.rc == 0)
        run_once: true
  - name: One after the other
    hosts: workers
    serial: [1, 30%]
    max_fail_percentage: 20
    ignore_unreachable: true
    when: vars.mirror != ""
    tasks:
      - name: Patch
        command:
          argv: [patch, "\${{ vars.mirror }}"]
        undo: [unpatch]
        delegate_to: \${{ groups["etcd"][0] }}
        environment:
          HOME: /root
        throttle: 1
        ignore_unreachable: false
        timeout: 10m
      - name: Look at two records
        debug: { message: "\${{ item.name }} \${{ item.port }}" }
        loop:
          - { name: a, port: 1 }
          - { name: b, port: 2 }
  - name: Each on its own
    hosts: all
    strategy: free
    any_errors_fatal: false
    on_failure: stop
    tasks:
      - debug: { message: done }
`;
