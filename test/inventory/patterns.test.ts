import { beforeAll, describe, expect, it } from 'vitest';
import { hostsMatching } from '../../src/plan/index.js';
import { type Answered, askAnsible, besideAnsible } from './oracle.js';
import { readSite } from './read-site.js';
import { inventoryWords } from './sites.js';

const site = { name: 'patterns', inventories: ['hosts.ini'] };
const { inventory } = readSite(site);

/** What both understand, and must understand alike: hosts and their order. */
const PATTERNS = [
  'all',
  '*',
  'etcd',
  'cp1',
  'loose',
  'ungrouped',
  'cluster',
  'etcd:kube_node',
  'kube_node:etcd',
  'etcd,kube_node',
  ' etcd , web ',
  'etcd:!cp1',
  'etcd:&kube_control_plane',
  '&etcd',
  '!etcd',
  '!etcd:&cluster',
  'cluster:&kube_control_plane:!cp2',
  '!cp2:cluster:&kube_control_plane',
  'etcd,!cp1,!cp2',
  'cp3:cp1',
  'cp1:cp1:etcd',
  'a:b',
  'b:a',
  'a:b:web',
  'cp*',
  'cp?',
  '*.example.com',
  'web-?.example.com',
  'web-[ab].example.com',
  'web-[!a].example.com',
  'e*',
  'k*',
  '*e*',
  'w*b',
  'nothing*',
  'kube_*:!kube_node',
  'etcd[0]',
  'etcd[1]',
  'etcd[-1]',
  'etcd[-4]',
  'etcd[0:1]',
  'etcd[1:]',
  'etcd[1:2]',
  'etcd[2:99]',
  'etcd[9:10]',
  'etcd[0-1]',
  'etcd[0:0]',
  'kube_node[0:3]',
  'all[0]',
  'cp*[0]',
  'cp*[-1]',
  'cp1[0]',
  'etcd[0]:etcd[1]',
  'etcd:!etcd[0]',
  'etcd:&cp*[1:]',
  'etcd[1:]:web[0]',
  'web-a.example.com:cp1',
  '2001:db8::1',
  '192.0.2.7',
  '192.0.2.*',
  '2001:db8::1,cp1',
  '~cp[12]',
  '~c',
  '~.*[13]$',
  '~^node(0[1-3]|1[0-2])$',
  '~web-(a|b)\\.example',
  '~(cp|node)\\d+',
  '~cp\\d:!cp2',
  '~n.{4}0?[2-4]',
  '~node\\d{2}',
  '~[^a-z]+',
  '~\\w+_\\w+$',
  'etcd,~node0[12],&cp*',
  '~^(?:cp)?(?P<n>[12]),',
  '~a|(?:two),',
  '~e{2}|o{1}ne',
  '~',
];

besideAnsible('hosts: and --limit choose what Ansible chooses', () => {
  let chosen: readonly Answered[];
  let limited: readonly Answered[];

  beforeAll(() => {
    const words = [...inventoryWords(site), '--list-hosts'];
    chosen = askAnsible(PATTERNS.map((one) => ['ansible', ...words, '--', one]));
    limited = askAnsible(PATTERNS.map((one) => ['ansible', ...words, '-l', one, 'all']));
  });

  it.each(PATTERNS.map((pattern, index) => [pattern, index] as const))('%j', (pattern, index) => {
    const ours = hostsMatching(pattern, inventory);
    const theirs = hostsIn(chosen[index]);
    expect(ours.ok ? ours.value : ours.error).toEqual(theirs);
    // A limit keeps the order of what it limits: here of all.
    expect(new Set(hostsIn(limited[index]))).toEqual(new Set(theirs));
  });
});

function hostsIn(answer: Answered | undefined): readonly string[] {
  return (answer?.stdout ?? '')
    .split('\n')
    .slice(1)
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

describe('stricter than Ansible, which goes on with fewer hosts or with others', () => {
  it.each([
    ['etdc', 'did you mean etcd?'],
    ['etcd:!cp9', 'did you mean cp1?'],
    ['etcd:&quite_other', 'the inventory has the groups'],
    ['etcd[4]', 'there are only 4 hosts'],
    ['etcd[-5]', 'there are only 4 hosts'],
    ['etcd[2:1]', '2 is behind 1'],
    ['no.such.host', 'the inventory has the groups'],
    ['node[0]', 'the inventory has the groups'],
    ['node0[1-3]', 'did you mean node01?'],
    ['etcd[0', 'a [ or a ] has no other one'],
    ['~[a', 'a [ or a ] has no other one'],
    ['', 'it is empty'],
    [' : ', 'it is empty'],
  ])('%s', (pattern, why) => {
    const found = hostsMatching(pattern, inventory);
    expect(found.ok ? found.value : found.error).toContain(why);
  });
});

describe('a regular expression that could hang is refused with a sentence, or matched in linear time', () => {
  it.each([
    ['~(a)\\1', 'reference back'],
    ['~(?=a)', 'linear time'],
    ['~(?<!a)b', 'linear time'],
    ['~(?i)a', 'linear time'],
    ['~a++', 'possessive'],
    ['~a**', 'a repeat is repeated'],
    ['~*a', 'nothing before it'],
    ['~(a', 'a ( has no )'],
    ['~a)', 'a ) has no ('],
    ['~[a,', 'a [ has no ]'],
    ['~[z-a]', 'no begin below'],
    ['~((a{100}){100}){100}', 'too big'],
    ['~a{9999}', 'more than 1000'],
    ['~\\bcp', 'not supported'],
    [`~${'('.repeat(200)}`, 'too many brackets'],
  ])('%s', (pattern, why) => {
    const found = hostsMatching(pattern, inventory);
    expect(found.ok ? found.value : found.error).toContain(why);
  });

  it.each(['~(a|a)*$', '~(a*)*b', '~(a+)+$', '~(.*)*x', `${'*a'.repeat(30)}b`, '~(()*)*'])(
    '%s',
    (pattern) => {
      const name = 'a'.repeat(1_000);
      const host = { name, groups: [], vars: new Map() } as never;
      const groups = new Map([['all', [name]]]) as never;
      // With a backtracking matcher none of these ends before the test is old.
      expect(hostsMatching(pattern, { hosts: [host], groups, notes: [] }).ok).toBe(true);
    },
  );
});
