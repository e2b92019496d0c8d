import { afterAll, beforeAll } from 'vitest';
import { down, type Lab, type LabOptions, up } from '../lab/index.js';
import { Site } from './site.js';

type Begin<T> = (made: T) => Promise<void> | void;

export interface Made {
  readonly lab: Lab;
  readonly site: Site;
}

/** One lab for all tests of a file, and a site to work on it from. */
export function withSite(options: LabOptions, begin: Begin<Made>): void {
  let site: Site | undefined;
  withLab(options, async (lab) => {
    site = new Site(lab);
    await begin({ lab, site });
  });
  afterAll(() => site?.close());
}

/** One lab for all tests of a file. */
export function withLab(options: LabOptions, begin: Begin<Lab>): void {
  withLabs([options], async ([lab]) => {
    if (lab !== undefined) await begin(lab);
  });
}

/** Labs side by side. Each is taken down at the end, however far it and the others came. */
export function withLabs(all: readonly LabOptions[], begin: Begin<readonly Lab[]>): void {
  let labs: readonly Lab[] = [];

  beforeAll(async () => {
    labs = await Promise.all(all.map((options) => up(options)));
    await begin(labs);
  });

  afterAll(async () => {
    for (const lab of labs) lab.members.close();
    await Promise.all(all.map(({ name }) => down(name)));
  });
}
