import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The lab's systemctl in a folder of tools, with units of its own in another folder than /run. */
export function standInSystemctl(tools: string, run: string): void {
  const script = readFileSync('test/lab/systemctl-stand-in.sh', 'utf8').replaceAll(
    '/run/',
    `${run}/`,
  );
  mkdirSync(tools, { recursive: true });
  writeFileSync(join(tools, 'systemctl'), script, { mode: 0o755 });
}

export function makeUnit(
  run: string,
  unit: string,
  ...marks: readonly ('active' | 'enabled')[]
): void {
  const folder = join(run, 'units', unit);
  mkdirSync(folder, { recursive: true });
  for (const mark of marks) writeFileSync(join(folder, mark), '');
}
