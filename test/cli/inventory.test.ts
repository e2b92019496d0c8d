import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { askAnsible, besideAnsible } from '../inventory/oracle.js';
import { runback } from '../live/runback.js';

const sites = resolve('test/inventory/sites');
const playbooks = ['backup', 'restore', 'verify', 'disaster'].map((name) =>
  resolve(`playbooks/${name}.yml`),
);

describe('runback inventory', () => {
  const show = (site: string, ...words: readonly string[]) =>
    runback(['inventory', ...words], join(sites, site));

  it('prints a table of hosts', async () => {
    const ended = await show('kubespray', '-i', 'inventory.ini', '-l', 'etcd,node5');
    expect(ended.code, ended.stderr).toBe(0);
    expect(ended.stdout).toBe(
      [
        'HOST   ADDRESS     USER  CLUSTER  GROUPS',
        'node1  192.0.2.11  root  -        etcd k8s_cluster kube_control_plane',
        'node2  192.0.2.12  root  -        etcd k8s_cluster kube_control_plane',
        'node3  192.0.2.13  root  -        etcd k8s_cluster kube_control_plane',
        'node5  192.0.2.15  root  -        k8s_cluster kube_node',
        '',
      ].join('\n'),
    );
  });

  it('prints one host with the place of every variable', async () => {
    const ended = await show('kubespray', '-i', 'inventory.ini', '--host', 'node2');
    expect(ended.stdout).toContain(
      'etcd_member_name = "etcd-two"\n        host_vars/node2.yml:1:19',
    );
    expect(ended.stdout).toContain('kube_cert_dir = "{{ kube_config_dir }}/ssl"');
    expect(ended.stdout).toContain('group_vars/k8s_cluster/k8s-cluster.yml:5:16');
  });

  it('prints JSON lines for programs', async () => {
    const ended = await show('patterns', '-i', 'hosts.ini', '-l', 'a', '--output', 'json');
    expect(ended.events).toEqual([
      {
        v: 1,
        at: expect.any(String),
        type: 'host',
        host: 'one',
        address: 'one',
        user: expect.any(String),
        cluster: null,
        groups: ['a', 'b'],
      },
    ]);
  });

  it.each([
    [['-i', 'inventory.ini', '--host', 'node7'], 'did you mean node1?'],
    [['-i', 'inventory.ini', '-l', 'etdc'], 'did you mean etcd?'],
    [['-i', 'inventory.inn'], 'inventory.inn does not exist'],
    [['-i', 'inventory.inn'], 'a host without an inventory is written with a comma'],
    [['-i', 'inventory.ini', '-l', '@nobody'], 'nobody does not exist'],
    [[], 'no inventory was given'],
    [['-i', 'inventory.ini', '--json', '--graph'], "cannot be used with option '--graph'"],
  ])('%j is bad input', async (words, why) => {
    const ended = await show('kubespray', ...words);
    expect([ended.code, ended.stdout]).toEqual([2, '']);
    expect(ended.stderr).toContain(why);
  });
});

besideAnsible('runback inventory prints what ansible-inventory prints', () => {
  it.each([
    ['--json', '--list'],
    ['--graph', '--graph'],
  ])('%s', async (ours, theirs) => {
    const file = join(sites, 'kubespray/inventory.ini');
    const [answer] = askAnsible([['ansible-inventory', '-i', file, theirs]]);
    const ended = await runback(['inventory', '-i', file, ours], tmpdir());
    expect(ended.code, ended.stderr).toBe(0);
    expect(ended.stdout).toBe(answer?.stdout);
  });

  it('--json --host', async () => {
    const file = join(sites, 'directory');
    const [answer] = askAnsible([['ansible-inventory', '-i', file, '--host', 'cp2']]);
    const ended = await runback(['inventory', '-i', file, '--json', '--host', 'cp2'], tmpdir());
    expect(JSON.parse(ended.stdout)).toEqual(JSON.parse(answer?.stdout ?? ''));
  });
});

describe('the shipped playbooks and an inventory of kubespray', () => {
  let site: string;

  beforeAll(() => {
    site = mkdtempSync(join(tmpdir(), 'runback-kubespray-'));
    cpSync(join(sites, 'kubespray'), site, { recursive: true });
  });

  afterAll(() => rmSync(site, { recursive: true }));

  it('say where the name of the cluster is to be written', async () => {
    const ended = await runback(['validate', ...playbooks, '-i', 'inventory.ini'], site);
    expect(ended.code).toBe(2);
    expect(ended.stderr).toContain('`runback_cluster: NAME` into a file of its own');
    expect(ended.stderr).toContain('group_vars/all/runback.yml');
  });

  it('take variables from beside themselves too', async () => {
    mkdirSync(join(site, 'plays/group_vars'), { recursive: true });
    cpSync(playbooks[0] as string, join(site, 'plays/backup.yml'));
    writeFileSync(join(site, 'plays/group_vars/all.yml'), 'runback_cluster: prod\n');
    const words = ['plays/backup.yml', '-i', 'inventory.ini'];
    const ended = await runback(['validate', ...words], site);
    expect([ended.stderr, ended.code]).toEqual(['', 0]);
  });

  it('are content with everything else, templates and all', async () => {
    writeFileSync(join(site, 'group_vars/all/runback.yml'), 'runback_cluster: prod\n');
    for (const playbook of playbooks) {
      const extra = /restore/.test(playbook) ? ['-e', 'snapshot=x.db'] : [];
      const ended = await runback(['validate', playbook, '-i', 'inventory.ini', ...extra], site);
      expect([ended.stderr, ended.code]).toEqual(['', 0]);
    }
  });

  it('are no reason to give every playbook its values, when all are looked at', async () => {
    cpSync(dirname(playbooks[0] as string), join(site, 'playbooks'), { recursive: true });
    const all = ['validate', '-i', 'inventory.ini', '--output', 'json'];
    const ended = await runback(all, site);
    rmSync(join(site, 'playbooks'), { recursive: true });
    expect(ended.code, ended.stdout).toBe(0);
    const missing = ended.events.filter(({ severity }) => severity === 'note');
    expect(missing).toContainEqual(expect.objectContaining({ file: 'playbooks/restore.yml' }));
    expect(new Set(missing.map(({ code }) => code))).toEqual(new Set(['missing-value']));
  });

  it('only warn of a sudo password that they cannot read: nobody knows yet whether it is needed', async () => {
    const file = join(site, 'group_vars/kube_control_plane.yml');
    writeFileSync(file, 'ansible_become_password: "{{ vault_become_password }}"\n');
    const backup = ['validate', playbooks[0] as string, '-i', 'inventory.ini'];
    const ended = await runback([...backup, '--output', 'json'], site);
    rmSync(file);
    expect(ended.code, ended.stdout).toBe(0);
    expect(ended.events).toMatchObject([
      { severity: 'warning', code: 'jinja', file: 'group_vars/kube_control_plane.yml', line: 1 },
    ]);
    expect(String(ended.events[0]?.help)).toContain('--become-password-file');
  });

  it('name the place of a template or an encrypted value that they would use', async () => {
    const file = join(site, 'group_vars/etcd.yml');
    writeFileSync(
      file,
      'work_dir: "{{ etcd_data_dir }}/runback"\nansible_user: !vault |\n  $ANSIBLE_VAULT;1.1;AES256\n',
    );
    const backup = ['validate', playbooks[0] as string, '-i', 'inventory.ini'];
    const ended = await runback([...backup, '--output', 'json'], site);
    expect(ended.code).toBe(2);
    const places = ended.events.map(({ code, file: name, line }) => [code, name, line]);
    expect(places).toEqual([['jinja', 'group_vars/etcd.yml', 1]]);
    const given = await runback([...backup, '-e', 'work_dir=/srv/w', '--output', 'json'], site);
    expect(given.events.map(({ code, line }) => [code, line])).toEqual([['vault', 3]]);
  });
});
