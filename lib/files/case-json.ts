// Options as JSON: what would come back as something else is refused.
import { describe, quote } from '../arguments/describe';
import { mismatch } from '../errors';

/** The JSON of an object, without what is undefined; ERR_PSE_TYPE if it holds what JSON has no word for. */
export function readJson(call: string, argument: string, value: unknown): string {
  const refuse = (place: string, got: unknown) =>
    mismatch('ERR_PSE_TYPE', {
      call,
      argument: place,
      requirement:
        place === argument ? 'an object' : 'JSON: a string, a number, true, false, an object',
      got: describe(got),
    });
  /** `within`: the objects that hold this one; JSON has no word for one that is among them again. */
  const check = (place: string, part: unknown, within: readonly object[] = []): unknown => {
    if (part === undefined || typeof part === 'string' || typeof part === 'boolean') return part;
    if (typeof part === 'number' && Number.isFinite(part)) return part;
    if (!isPlain(part) || within.includes(part)) throw refuse(place, part);
    const members = Object.keys(part).map((key) => {
      return [key, check(`${place}.${key}`, part[key], [...within, part])];
    });
    return Object.fromEntries(members);
  };
  if (!isPlain(value)) throw refuse(argument, value);
  return JSON.stringify(check(argument, value));
}

/** The object that a text of a file stands for, or ERR_PSE_FORMAT; `{}` where there is no text. */
export function parseJson(call: string, argument: string, text: string | undefined): object {
  if (text === undefined) return {};
  const refuse = (got: string, hint?: string) =>
    mismatch('ERR_PSE_FORMAT', { call, argument, requirement: 'a JSON object', got, hint });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw refuse(quote(text), (error as Error).message);
  }
  if (!isPlain(value)) throw refuse(quote(text));
  return value;
}

/** Whether all that a value holds is its own properties; classes of any realm may be in between. */
function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  return Object.prototype.toString.call(value) === '[object Object]';
}
