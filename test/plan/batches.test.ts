import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { HostName } from '../../src/core/names.js';
import { batchesOf } from '../../src/plan/batches.js';
import type { BatchSize } from '../../src/playbook/checked.js';
import { planned, taskOf } from './sources.js';

const named = (count: number) => Array.from({ length: count }, (_, n) => `h${n}` as HostName);

const hosts = (count: number): BatchSize => ({ kind: 'hosts', count });
const percent = (share: number): BatchSize => ({ kind: 'percent', percent: share });

describe('the batches of a serial play', () => {
  it.each<[string, number, readonly BatchSize[], readonly number[]]>([
    ['nothing', 5, [], [5]],
    ['2', 5, [hosts(2)], [2, 2, 1]],
    ['more than there are', 3, [hosts(9)], [3]],
    ['30%', 10, [percent(30)], [3, 3, 3, 1]],
    ['30% of few, rounded down', 5, [percent(30)], [1, 1, 1, 1, 1]],
    ['1% is one host at least', 3, [percent(1)], [1, 1, 1]],
    ['100%', 4, [percent(100)], [4]],
    ['a list, its last size again and again', 10, [hosts(1), hosts(3)], [1, 3, 3, 3]],
    ['a list of both', 10, [hosts(1), percent(20), percent(50)], [1, 2, 5, 2]],
    ['a list that is longer than the hosts', 2, [hosts(1), hosts(1), hosts(5)], [1, 1]],
    ['no hosts', 0, [hosts(2)], []],
  ])('have the sizes that Ansible gives them: %s', (_, count, serial, sizes) => {
    expect(batchesOf(named(count), serial).map((batch) => batch.length)).toEqual(sizes);
  });

  it('hold every host once, in order, and none of them is empty', () => {
    const size = fc.oneof(
      fc.integer({ min: 1, max: 50 }).map(hosts),
      fc.integer({ min: 1, max: 100 }).map(percent),
    );
    fc.assert(
      fc.property(fc.nat(120), fc.array(size, { maxLength: 5 }), (count, serial) => {
        const batches = batchesOf(named(count), serial);
        expect(batches.flat()).toEqual(named(count));
        expect(batches.every((batch) => batch.length > 0)).toBe(true);
      }),
    );
  });
});

const BOOK = `name: A
plays:
  - hosts: all
    serial: 2
    tasks:
      - debug: {message: each}
      - debug: {message: once}
        run_once: true
`;

describe('a play with serial', () => {
  it('has its tasks in every batch, each with the batch’s hosts', () => {
    const [play] = planned(BOOK).plays;
    const shape = play?.batches.map(({ children }) =>
      children.map((task) => [task.id, task.hosts]),
    );
    expect(shape).toEqual([
      [
        ['1.1', ['cp1', 'cp2']],
        ['1.2', ['cp1']],
      ],
      [['1.1', ['cp3', 'w1']]],
      [['1.1', ['w2']]],
    ]);
  });

  it('runs what runs once in the first batch only, for the whole play', () => {
    expect(taskOf(planned(BOOK), 1)).toMatchObject({ runOnce: true, hosts: ['cp1'] });
  });
});
