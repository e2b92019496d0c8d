/** CEL's name of a type, for people: a record is called by what it is, not by its name in the checker. */
export function typeText(type: string): string {
  return type.replace(/\b[A-Z]\w*/g, 'record');
}
