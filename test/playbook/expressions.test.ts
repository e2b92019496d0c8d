import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Json } from '../../src/core/json.js';
import { evaluateTemplate } from '../../src/playbook/template.js';
import { bookWith, diagnostics, mistakes, onlyTask, saying } from './read.js';

/** What the only argument of a `debug` is on a host with these variables. */
function said(message: string, vars: { readonly [name: string]: Json }, declared: string): Json {
  const task = onlyTask(bookWith(saying(message), declared));
  const value = evaluateTemplate(task.args, { vars });
  if (!value.ok) throw new Error(value.error.why);
  return (value.value as { readonly message: Json }).message;
}

describe('an expression', () => {
  it('is written into the text around it', () => {
    expect(said('a ${{ vars.n }} b ${{ vars.s }}', { n: 3, s: 'x' }, 'n: 1, s: t')).toBe('a 3 b x');
  });

  it('is evaluated once: what it gives is never looked into', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const value = `\${{ vars.other }}${text}`;
        expect(said('<${{ vars.s }}>', { s: value, other: 'no' }, 's: t, other: o')).toBe(
          `<${value}>`,
        );
      }),
    );
  });

  it('keeps its type when it stands alone', () => {
    const task = onlyTask(
      bookWith('- assert:\n    that: ["${{ vars.n > 2 }}"]\n    message: m', 'n: 1'),
    );
    expect(evaluateTemplate(task.args, { vars: { n: 3 } })).toEqual({
      ok: true,
      value: { that: [true], message: 'm' },
    });
  });

  it('leaves the templates of other tools alone', () => {
    const go = '{{.State.Pid}} {{ .Name }} {% if x %}';
    expect(said(go, {}, 'n: 1')).toBe(go);
  });

  it('is not a list or a map within a text', () => {
    expect(() => said('x ${{ vars.l }}', { l: [1] }, 'l: [1]')).toThrow('cannot be written');
  });

  it('counts in whole numbers and does not lose any', () => {
    expect(said('${{ vars.n + 1 }} ', { n: 2 ** 40 }, 'n: 1')).toBe(`${2 ** 40 + 1} `);
  });
});

describe('a mistake in an expression', () => {
  it.each([
    ['an undeclared variable', '${{ vars.dri }}', 'undeclared-var', 'did you mean dir?'],
    ['an unknown root', '${{ var.dir }}', 'unknown-name', 'did you mean vars?'],
    ['an unknown register', '${{ results.etcd.name }}', 'unknown-register', 'there are none yet'],
    ['an unknown field', '${{ host.nam }}', 'wrong-field', 'did you mean name?'],
    ['an operator between two types', '${{ vars.dir + 1 }}', 'expression', 'Expressions'],
    ['a function that does not exist', '${{ shell("x") }}', 'expression', 'Expressions'],
    ['no end', '${{ vars.dir', 'expression', 'close it with }}'],
    ['nothing', '${{ }}', 'expression', 'Expressions'],
    ['a regular expression', '${{ vars.dir.matches("a*") ? "x" : "y" }}', 'matches', 'contains()'],
  ])('is found where it stands: %s', (_, text, code, help) => {
    const found = diagnostics(bookWith(saying(`in ${text}`)));
    expect(found.map((one) => one.code)).toEqual([code]);
    expect(found[0]?.help).toContain(help);
    expect(found[0]?.at.line).toBe(8);
    expect(found[0]?.at.column).toBeGreaterThanOrEqual(7 + saying('in ').indexOf('in '));
  });

  it('is found in each of several', () => {
    const twice = mistakes(bookWith(saying('${{ vars.one }} and ${{ vars.two }}')));
    expect(twice).toEqual(['8:36 undeclared-var', '8:56 undeclared-var']);
  });

  it('is a type that the argument does not take', () => {
    expect(mistakes(bookWith(saying('${{ 1 + 1 }}')))).toEqual(['8:26 wrong-type']);
  });

  it('is a condition that is not boolean, or that is written with braces', () => {
    expect(mistakes(bookWith(`- when: vars.dir\n  debug: {message: m}`))).toEqual([
      '8:15 not-boolean',
    ]);
    expect(mistakes(bookWith(`- when: "\${{ true }}"\n  debug: {message: m}`))).toEqual([
      '8:15 when-braces',
    ]);
  });

  it('never makes the reader throw', () => {
    const piece = fc.oneof(
      fc.constantFrom('${{', '}}', 'vars.', 'results.', 'dir', '[', ']', '(', ')', '"', "''", '?'),
      fc.string({ maxLength: 8 }).map((text) => text.replaceAll("'", "''")),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        for (const { at } of diagnostics(bookWith(saying(pieces.join(''))))) {
          expect(at.line).toBeGreaterThan(0);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('a secret', () => {
  const declared = 'pw: {type: secret, required: true}, t: {type: string, default: x}';
  it.each([
    ['as it is', '${{ vars.pw }}'],
    ['within a text', 'is ${{ vars.pw }}'],
    ['through a function', '${{ string(vars.pw.size()) }}'],
    ['of another host', '${{ hosts["cp1"].vars.pw }}'],
    ['in a list of all hosts', '${{ play.hosts.map(h, h.vars.pw).join(",") }}'],
    ['by its name in brackets', '${{ vars["pw"] }}'],
    ['with all the others', '${{ string(vars) }}'],
    ['of all hosts, whole', '${{ string(play.hosts) }}'],
    ['under a guard', '${{ vars.?pw.orValue("none") }}'],
  ])('is never shown: %s', (_, text) => {
    expect(mistakes(bookWith(saying(text), declared)).length).toBeGreaterThan(0);
  });

  it('decides nothing', () => {
    const task = '- when: vars.pw == "x"\n  debug: {message: m}';
    expect(mistakes(bookWith(task, declared))).toEqual(['8:15 secret']);
  });

  it('does not become an open variable’s default', () => {
    const leak = 'pw: {type: secret}, open: {type: string, default: "x${{ vars.pw }}"}';
    expect(mistakes(bookWith(saying('m'), leak)).map((one) => one.split(' ')[1])).toEqual([
      'secret',
    ]);
  });
});
