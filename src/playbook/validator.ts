import { Ajv, type ValidateFunction } from 'ajv';
import type { TSchema } from 'typebox';

const ajv = new Ajv({
  allErrors: true,
  strict: false,
  verbose: true,
  // The modules' own schemas: test/schemas proves them, so that no start pays for it (80 ms).
  meta: false,
  validateSchema: false,
  code: { optimize: false },
});
const compiled = new WeakMap<TSchema, ValidateFunction>();

/** One compiled validator for each schema, made when it is first needed. */
export function validatorFor(schema: TSchema): ValidateFunction {
  const known = compiled.get(schema);
  if (known !== undefined) return known;
  const made = ajv.compile(schema as object);
  compiled.set(schema, made);
  return made;
}
