import { beforeAll, expect, it } from 'vitest';
import { graphOf, listingOf } from '../../src/inventory/index.js';
import { type Answered, askAnsible, besideAnsible, type CommandLine } from './oracle.js';
import { readSite } from './read-site.js';
import { inventoryWords, pathIn, SITES, type Site, titleOf } from './sites.js';

besideAnsible('every site is read as Ansible reads it', () => {
  const answers = new Map<Site, { readonly list: Answered; readonly graph: Answered }>();

  beforeAll(() => {
    const all = askAnsible(
      SITES.flatMap((site) => [asked(site, '--list'), asked(site, '--graph')]),
    );
    for (const [index, site] of SITES.entries()) {
      const [list, graph] = all.slice(index * 2);
      if (list !== undefined && graph !== undefined) answers.set(site, { list, graph });
    }
  });

  it.each(SITES.map((site) => [titleOf(site), site] as const))('%s', (_, site) => {
    const answer = answers.get(site);
    const { inventory, tree } = readSite(site);
    expect(answer?.list.code, answer?.list.stderr).toBe(0);
    expect(listingOf(inventory, tree)).toEqual(JSON.parse(answer?.list.stdout ?? ''));
    expect(`${graphOf(tree)}\n`).toBe(answer?.graph.stdout);
  });
});

function asked(site: Site, what: '--list' | '--graph'): CommandLine {
  const beside =
    site.playbooks === undefined ? [] : ['--playbook-dir', pathIn(site, site.playbooks)];
  return ['ansible-inventory', ...inventoryWords(site), ...beside, what];
}
