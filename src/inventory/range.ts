import { err, ok, type Result } from '../core/result.js';

const hostsMax = 10_000;
const patternCharactersMax = 1_000;
/** Numbers of more digits are not exact. */
const digitsMax = 15;

/**
 * `cp[1:3]`, `node[01:20]`, `rack[a:c]`, `n[1:9:2]`, several in one name: as Ansible expands them, but
 * a range that holds nothing is a mistake here.
 */
export function expandRange(pattern: string): Result<readonly string[], string> {
  if (pattern.length > patternCharactersMax) {
    return err(`a host's name has more than ${patternCharactersMax} characters`);
  }
  const open = pattern.indexOf('[');
  if (open < 0) return pattern.includes(']') ? err(`${pattern}: a ] without a [`) : ok([pattern]);
  const close = pattern.indexOf(']', open);
  if (close < 0) return err(`${pattern}: a [ without a ]`);
  const middle = steps(pattern.slice(open + 1, close));
  if (!middle.ok) return err(`${pattern}: ${middle.error}`);
  const rest = expandRange(pattern.slice(close + 1));
  if (!rest.ok) return rest;
  if (middle.value.length * rest.value.length > hostsMax) {
    return err(`${pattern}: more than ${hostsMax} hosts`);
  }
  const head = pattern.slice(0, open);
  return ok(middle.value.flatMap((one) => rest.value.map((tail) => `${head}${one}${tail}`)));
}

function steps(range: string): Result<readonly string[], string> {
  const parts = range.split(':');
  const [from = '', to = '', step = '1'] = parts;
  if (parts.length < 2 || parts.length > 3) return err(`[${range}] has no begin and end`);
  if (!/^0*[1-9][0-9]*$/.test(step)) return err(`the step «${step}» is not a number above 0`);
  if (parts.some((part) => part.length > digitsMax)) return err(`[${range}] has too many digits`);
  if (/^[0-9]*$/.test(from) && /^[0-9]+$/.test(to)) return numbers(from || '0', to, Number(step));
  if (/^[A-Za-z]$/.test(from) && /^[A-Za-z]$/.test(to)) return letters(from, to, Number(step));
  return err(`[${range}] is neither a range of numbers nor of letters`);
}

/** The begin's width is kept: 01, 02, … 10. */
function numbers(from: string, to: string, step: number): Result<readonly string[], string> {
  const width = from.length > 1 && from.startsWith('0') ? from.length : 0;
  if (width > 0 && to.length !== width) return err(`${from} and ${to} are not equally long`);
  const [begin, end] = [Number(from), Number(to)];
  if (begin > end) return err(`${from} is above ${to}`);
  if ((end - begin) / step > hostsMax) return err(`more than ${hostsMax} hosts`);
  const all: string[] = [];
  for (let number = begin; number <= end; number += step) {
    all.push(String(number).padStart(width, '0'));
  }
  return ok(all);
}

const ALPHABET = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';

function letters(from: string, to: string, step: number): Result<readonly string[], string> {
  const [begin, end] = [ALPHABET.indexOf(from), ALPHABET.indexOf(to)];
  if (begin > end) return err(`${from} is above ${to}`);
  return ok([...ALPHABET.slice(begin, end + 1)].filter((_, index) => index % step === 0));
}
