import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { offlinePlanJson, offlinePlanText } from '../../src/report/index.js';
import { planned } from '../plan/sources.js';
import { EVERY_KEYWORD } from '../playbook/every-keyword.js';

const golden = join(import.meta.dirname, 'golden');

/** Compares with a page that people read; UPDATE=1 writes it anew. */
function expectPage(name: string, text: string): void {
  const file = join(golden, name);
  if (process.env.UPDATE === '1') writeFileSync(file, text);
  expect(text).toBe(readFileSync(file, 'utf8'));
}

describe('a plan that nobody was asked for', () => {
  const plan = planned(EVERY_KEYWORD);

  it('is a page that says of each task what counts', () => {
    expectPage('offline.txt', offlinePlanText(plan));
  });

  it('is a value in the names of the language', () => {
    const value = { ...offlinePlanJson(plan), hash: 'HASH' };
    expectPage('offline.json', `${JSON.stringify(value, null, 2)}\n`);
  });

  it('shows nothing raw that a file holds', () => {
    const evil =
      'name: "A\\e[31m"\nplays: [{name: "P\\e[0m", hosts: etcd, tasks: [{name: "x\\ey", debug: {message: m}, when: "\\"\\e\\" == host.name"}]}]\n';
    expect(offlinePlanText(planned(evil))).not.toContain('\u001b');
  });
});
