import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** What takes longest, in this order, begins first: a long file that begins late runs alone at the end. */
const LONGEST = [
  'live/killed',
  'live/resumed',
  'live/traps',
  'live/operators',
  'live/host-dies',
  'live/five',
  'live/side-by-side',
  'live/bad-days',
  'live/without',
  'live/nothing-runs',
  'live/no-tools',
  'live/places',
  'live/rollback',
  'live/story',
  'host/runner',
  'live/after',
  'live/disks',
  'lab/lab',
  'live/refusals',
  'live/external',
  'torture/torture',
  'cli/mistakes',
  'host/ssh',
].map((name) => resolve('test', `${name}.test.ts`));
for (const file of LONGEST) if (!existsSync(file)) throw new Error(`there is no ${file}`);

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification): number => {
      const index = LONGEST.indexOf(moduleId);
      return index < 0 ? LONGEST.length : index;
    };
    return (await super.sort(files)).toSorted((one, other) => place(one) - place(other));
  }
}

export default defineConfig({
  plugins: [
    {
      // As esbuild's text loader does in the build: a shell script is imported as its text.
      name: 'shell-scripts-as-text',
      enforce: 'pre',
      load(id: string) {
        if (!id.endsWith('.sh')) return undefined;
        return `export default ${JSON.stringify(readFileSync(id, 'utf8'))};`;
      },
    },
  ],
  test: {
    include: ['test/**/*.test.ts'],
    pool: 'forks',
    // A live test waits for its cluster half of the time: three of them keep two cores busy.
    maxWorkers: 3,
    sequence: { sequencer: LongestFirst },
    // Only what hangs is ended by these: how fast a machine is decides nothing.
    testTimeout: 400_000,
    hookTimeout: 240_000,
  },
});
