import { expect, it } from 'vitest';
import { failure } from '../../src/core/failure.js';
import { err } from '../../src/core/result.js';
import { pause } from '../../src/modules/pause.js';
import { resultOf } from './steps.js';
import { places } from './table-host.js';

it('pause gives what ended it, and hands on how long it may last', async () => {
  const asked: unknown[] = [];
  const at = places({});
  const noted = {
    ...at,
    pause: (...words: Parameters<typeof at.pause>) => {
      asked.push(words);
      return at.pause(...words);
    },
  };
  expect(await resultOf(pause, { message: 'Look' }, noted)).toEqual({
    by: 'operator',
    waited_ms: 5,
  });
  await resultOf(pause, { message: 'Look', for: '1m' }, noted);
  expect(asked).toEqual([
    ['Look', null],
    ['Look', 60_000],
  ]);
});

it('pause fails as the operator’s port says', async () => {
  const nobody = failure('refused', 'nobody-there', 'nobody', 'run it at a terminal');
  const at = { ...places({}), pause: async () => err(nobody) };
  expect(await pause.probe({ message: 'Look' }, at)).toEqual(err(nobody));
});
