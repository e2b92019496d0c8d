import type { Json, JsonObject } from '../core/json.js';
import type { BatchSize, CheckedPlay } from './checked.js';
import type { Problems } from './problems.js';

type Course = Pick<
  CheckedPlay,
  'serial' | 'strategy' | 'anyErrorsFatal' | 'maxFailPercentage' | 'ignoreUnreachable'
>;

/** How a play goes over its hosts: `serial`, `strategy`, and what a failure on one of them means. */
export function readCourse(problems: Problems, pointer: string, body: JsonObject): Course {
  const percentage = readPercentage(problems, `${pointer}/max_fail_percentage`, body);
  const isFatal = problems.flag(
    `${pointer}/any_errors_fatal`,
    body.any_errors_fatal,
    '`any_errors_fatal`',
    body.max_fail_percentage === undefined,
  );
  if (body.max_fail_percentage !== undefined && body.any_errors_fatal === true) {
    const message = 'with `any_errors_fatal: true` no share of the hosts may fail';
    problems.atKey(
      `${pointer}/max_fail_percentage`,
      'contradiction',
      message,
      'keep one of the two',
    );
  }
  return {
    serial: readSerial(problems, `${pointer}/serial`, body.serial),
    strategy: readStrategy(problems, `${pointer}/strategy`, body.strategy),
    anyErrorsFatal: isFatal,
    maxFailPercentage: percentage,
    ignoreUnreachable: problems.flag(
      `${pointer}/ignore_unreachable`,
      body.ignore_unreachable,
      '`ignore_unreachable`',
      false,
    ),
  };
}

function readPercentage(problems: Problems, pointer: string, body: JsonObject): number | null {
  const value = body.max_fail_percentage;
  if (value === undefined) return null;
  if (typeof value === 'number' && value >= 0 && value <= 100) return value;
  const message = '`max_fail_percentage` is not a number from 0 to 100';
  problems.at(pointer, 'wrong-value', message, 'write 30 to go on while no more than 30 % fail');
  return null;
}

function readStrategy(
  problems: Problems,
  pointer: string,
  value: Json | undefined,
): 'linear' | 'free' {
  if (value === undefined || value === 'linear') return 'linear';
  if (value === 'free') return 'free';
  problems.at(pointer, 'wrong-value', '`strategy` is linear or free', 'write one of the two');
  return 'linear';
}

function readSerial(
  problems: Problems,
  pointer: string,
  value: Json | undefined,
): readonly BatchSize[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) return readSize(problems, pointer, value);
  if (value.length === 0) {
    problems.at(pointer, 'wrong-value', '`serial` has no size', 'write 1, "30%" or a list of such');
  }
  return value.flatMap((one: Json, index) => readSize(problems, `${pointer}/${index}`, one));
}

function readSize(problems: Problems, pointer: string, value: Json): readonly BatchSize[] {
  if (typeof value === 'string' && value.includes('${{')) {
    const message = '`serial` cannot use an expression: it must be known before any host is';
    problems.at(pointer, 'serial-expression', message, 'write 1, "30%" or a list of such');
    return [];
  }
  const percent = typeof value === 'string' ? /^(\d{1,3})%$/.exec(value.trim())?.[1] : undefined;
  if (percent !== undefined && Number(percent) > 0 && Number(percent) <= 100) {
    return [{ kind: 'percent', percent: Number(percent) }];
  }
  if (typeof value === 'number' && Number.isInteger(value) && value > 0) {
    return [{ kind: 'hosts', count: value }];
  }
  const message = '`serial` is neither a number of hosts nor a share of them';
  problems.at(pointer, 'wrong-value', message, 'write 1, "30%" or a list of such');
  return [];
}
