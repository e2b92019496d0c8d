import { describe } from 'vitest';
import { whatIsMissing } from '../prepare/tools.mjs';

const missing = whatIsMissing();
if (missing.length > 0) console.warn(`live tests are skipped: ${missing.join('; ')}`);

/**
 * As vitest's `describe`, for tests that need a lab: skipped, with the reason said, where none can run.
 * The title's mark lets test/prepare/test.mjs refuse such a skip in CI.
 */
export function live(title: string, tests: () => void): void {
  describe.skipIf(missing.length > 0)(`live: ${title}`, tests);
}
