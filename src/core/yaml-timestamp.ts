import { defineScalarTag, NOT_RESOLVED } from 'js-yaml';

const TIMESTAMP =
  /^([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})(?:[Tt]|[ \t]+)([0-9]{1,2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]*))?(?:[ \t]*(Z|([-+])([0-9]{1,2})(?::([0-9]{2}))?))?$/;

/** A date with a time of day as the text that ansible-inventory prints for it: ISO 8601, in its own zone. */
export const timestampAnsibleTag = defineScalarTag('tag:yaml.org,2002:timestamp', {
  implicit: true,
  implicitFirstChars: [...'0123456789'],
  identify: () => false,
  resolve: (source) => {
    const found = TIMESTAMP.exec(source);
    if (found === null) return NOT_RESOLVED;
    const [, year = '', ...parts] = found;
    const [month, day, hour, minute, second, fraction = '', zone, sign, hours, minutes] = parts;
    const two = (part = ''): string => part.padStart(2, '0');
    const micros = /[1-9]/.test(fraction) ? `.${fraction.slice(0, 6).padEnd(6, '0')}` : '';
    const time = `${two(hour)}:${two(minute)}:${two(second)}${micros}`;
    const offset = sign === undefined ? '+00:00' : `${sign}${two(hours)}:${two(minutes)}`;
    return `${year}-${two(month)}-${two(day)}T${time}${zone === undefined ? '' : offset}`;
  },
});
