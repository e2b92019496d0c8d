/** Nine digits are 31 years: more is a slip, and no clock of ours counts it. */
const PARTS = /^(?:(\d{1,9})h)?(?:(\d{1,9})m)?(?:(\d{1,9})s)?$/;

/** `90`, `90s`, `5m`, `1h30m` in milliseconds; null when it is not a duration. A bare number is seconds. */
export function durationMs(value: string | number): number | null {
  const text = String(value).trim();
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1_000;
  const match = PARTS.exec(text);
  if (match === null || text === '') return null;
  const [, hours = '0', minutes = '0', seconds = '0'] = match;
  return (Number(hours) * 3_600 + Number(minutes) * 60 + Number(seconds)) * 1_000;
}
