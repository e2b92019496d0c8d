import { readFileSync } from 'node:fs';
import { defineConfig } from 'vitest/config';

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
    // A live test brings up a whole cluster; two of them keep two cores busy.
    maxWorkers: 2,
    testTimeout: 180_000,
    hookTimeout: 120_000,
  },
});
