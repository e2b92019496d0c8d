import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isWanted } from '../../src/plan/tags.js';

/** Of tasks with these tags: those that Ansible runs, in its own notation. */
const tasks: readonly (readonly string[])[] = [
  [],
  ['a'],
  ['b'],
  ['a', 'b'],
  ['always'],
  ['never'],
  ['never', 'a'],
];

function wanted(tags: readonly string[], skipTags: readonly string[] = []): string {
  return tasks
    .filter((own) => isWanted(own, tags, skipTags))
    .map((own) => own.join('+') || '-')
    .join(' ');
}

describe('tags', () => {
  it.each([
    [[], [], '- a b a+b always'],
    [['all'], [], '- a b a+b always'],
    [['a'], [], 'a a+b always never+a'],
    [['a', 'b'], [], 'a b a+b always never+a'],
    [['tagged'], [], 'a b a+b always'],
    [['untagged'], [], '- always'],
    [['never'], [], 'always never never+a'],
    [['always'], [], 'always'],
    [[], ['a'], '- b always'],
    [[], ['always'], '- a b a+b'],
    [[], ['tagged'], '-'],
    [[], ['untagged'], 'a b a+b always'],
    [[], ['all'], 'always'],
    [[], ['all', 'always'], ''],
    [['a'], ['b'], 'a always never+a'],
  ])('--tags %j --skip-tags %j', (tags, skipTags, left) => {
    expect(wanted(tags, skipTags)).toBe(left);
  });

  it('that are skipped never add a task', () => {
    const word = fc.constantFrom('a', 'b', 'always', 'never', 'all', 'tagged', 'untagged');
    const words = fc.array(word, { maxLength: 3 });
    fc.assert(
      fc.property(words, words, words, (own, tags, skipTags) => {
        const tagged = own.filter((one) => !['all', 'tagged', 'untagged'].includes(one));
        if (isWanted(tagged, tags, skipTags)) expect(isWanted(tagged, tags, [])).toBe(true);
      }),
    );
  });
});
