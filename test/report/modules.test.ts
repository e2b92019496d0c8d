import { expect, it } from 'vitest';
import { cardOf } from '../../src/core/module-card.js';
import { catalogue } from '../../src/modules/index.js';
import { moduleJson, moduleListText, moduleText } from '../../src/report/index.js';

const cards = [...catalogue.values()].map(cardOf);
const cardNamed = (name: string) => {
  const card = cards.find((one) => one.name === name);
  if (card === undefined) throw new Error(`no module ${name}`);
  return card;
};

/** Without its line breaks. */
const wordsOf = (name: string) => moduleText(cardNamed(name)).replace(/\s+/g, ' ');

it('the list has a module a line, and fits 80 columns', () => {
  const lines = moduleListText(cards).split('\n');
  for (const line of lines) expect(line.length, line).toBeLessThanOrEqual(80);
  for (const { name } of cards)
    expect(lines.some((line) => line.startsWith(`${name} `))).toBe(true);
});

it.each(cards)('$name fits 80 columns, and nothing of it is missing', (card) => {
  const text = moduleText(card);
  for (const line of text.split('\n')) expect(line.length, line).toBeLessThanOrEqual(80);
  for (const { name, type } of [...card.arguments, ...card.givesBack]) {
    expect(text).toContain(`  ${name} (${type.split(' ')[0]}`);
  }
});

it('a whole page is as it is meant to be read', () => {
  expect(moduleText(cardNamed('wait_for'))).toMatchInlineSnapshot(`
    "wait_for
      Waits until a port, a path, a process or a URL on the host is as it should be.

    Runs on each host. Changes nothing.

    Arguments
      port (integer)
          A TCP port: a connection is tried.
      address (string)
          Of the port. Default: 127.0.0.1.
      path (path on the host)
          A file, directory or link.
      process (string)
          Its name, as ps -C has it.
      state (open | closed | present | absent | running | gone)
          A port is open or closed, a path present or absent, a process running or
          gone. Default: the first.
      url (string)
          Is asked for with GET, by curl on the host; no redirection is followed.
      status (list of integer)
          What the answer may be. Default: [200].
      ca_file (path on the host)
          Whom the server’s certificate must be from.
      cert_file (path on the host)
          The client’s certificate.
      key_file (path on the host)
          The client’s key.
      within (duration)
          How long it may take; a preview waits as long. Default: 5m.

    Gives back (with \`register: NAME\`, as results.NAME.FIELD)
      waited_ms (integer)
      ran, changed, failed (boolean): how its step went.

    Example
      - name: Wait until the API server is ready
        wait_for:
          url: https://127.0.0.1:6443/readyz
          ca_file: /etc/kubernetes/pki/ca.crt
          within: 2m
      - name: Wait until nobody listens on etcd's port
        wait_for:
          port: 2379
          state: closed
    "
  `);
});

it('proofs are told, with POD for the name of a pod', () => {
  expect(wordsOf('static_pods_gone')).toContain('Gives the proof gone:POD.');
  expect(wordsOf('etcd_swap')).toContain(
    'Needs the proofs gone:etcd, gone:kube-apiserver, staged.',
  );
});

it('as JSON a line holds types, defaults and the example', () => {
  const line = JSON.parse(moduleJson(cardNamed('service')));
  expect(line).toMatchObject({ v: 1, type: 'module', name: 'service', runs_on: 'host' });
  expect(line.arguments).toContainEqual({
    name: 'within',
    type: 'duration',
    description: 'How long it may take to be so. Default: 90s.',
    required: false,
    default: '90s',
  });
  expect(line.gives_back[0]).toEqual({ name: 'unit', type: 'string', description: '' });
  expect(line.example).toMatch(/^- name: /);
});
