// Words out of a fixed list: option values and option names, with the nearest right spelling.
import { types } from 'node:util';
import { distance } from 'fastest-levenshtein';
import { mismatch } from '../errors';
import { describe, either, quote } from './describe';

/**
 * Takes one of the listed words, or throws ERR_PSE_TYPE (not a string) or ERR_PSE_OPTION (another one).
 * `besides` says what else the argument may be, where the caller takes more than words; `meant` is the word to be suggested
 * where the caller knows better than spelling.
 */
export function readChoice<const T extends string>(
  call: string,
  argument: string,
  value: unknown,
  choices: readonly T[],
  besides: readonly string[] = [],
  meant?: T,
): T {
  const requirement = either([...besides, ...choices.map((choice) => `'${choice}'`)]);
  if (typeof value !== 'string') {
    throw mismatch('ERR_PSE_TYPE', { call, argument, requirement, got: describe(value) });
  }
  const found = choices.find((choice) => choice === value);
  if (found !== undefined) return found;
  const near = meant ?? nearest(value, choices);
  throw mismatch('ERR_PSE_OPTION', {
    call,
    argument,
    requirement,
    got: describe(value),
    hint: near === undefined ? undefined : `did you mean '${near}'?`,
  });
}

/** Takes true or false, or throws ERR_PSE_TYPE. */
export function readBoolean(call: string, argument: string, value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  throw mismatch('ERR_PSE_TYPE', {
    call,
    argument,
    requirement: 'true or false',
    got: describe(value),
  });
}

/**
 * Takes an options object with known keys only, or throws ERR_PSE_TYPE or ERR_PSE_OPTION.
 * The result has no prototype and holds each given option once: getters of the user's run here and never again.
 */
export function readOptions<const K extends string>(
  call: string,
  argument: string,
  value: unknown,
  keys: readonly K[],
): { readonly [key in K]?: unknown } {
  const read: { [key in K]?: unknown } = Object.create(null);
  if (value === undefined) return read;
  if (typeof value !== 'object' || value === null || holdsOtherwise(value)) {
    throw mismatch('ERR_PSE_TYPE', {
      call,
      argument,
      requirement: 'an object',
      got: describe(value),
    });
  }
  for (const name of Object.keys(value)) {
    const key = keys.find((known) => known === name);
    if (key === undefined) throw unknownOption(call, argument, name, keys);
    const given = (value as Record<string, unknown>)[name];
    if (given !== undefined) read[key] = given;
  }
  return read;
}

/** Objects whose contents are no properties: they would be read as no option at all. */
function holdsOtherwise(value: object): boolean {
  return (
    Array.isArray(value) ||
    ArrayBuffer.isView(value) ||
    [types.isMap, types.isSet, types.isPromise, types.isDate, types.isRegExp].some((is) =>
      is(value),
    )
  );
}

function unknownOption(call: string, argument: string, name: string, keys: readonly string[]) {
  const near = nearest(name, keys);
  return mismatch('ERR_PSE_OPTION', {
    call,
    argument,
    requirement: 'an object with known options only',
    got: `the option ${quote(name)}`,
    hint: near === undefined ? `known are ${keys.join(', ')}` : `did you mean '${near}'?`,
  });
}

/** The word that is fewest edits away, if it is close enough to be what was meant. */
function nearest(word: string, words: readonly string[]): string | undefined {
  // An edit distance is quadratic, and nothing that long is a misspelt option.
  if (word.length > 40) return undefined;
  const folded = fold(word);
  let best: string | undefined;
  // Two letters that changed places are two edits: of five letters, two may be wrong.
  let fewest = Math.max(2, Math.ceil(folded.length / 2));
  for (const candidate of words) {
    const edits = distance(folded, fold(candidate));
    if (edits < fewest) {
      fewest = edits;
      best = candidate;
    }
  }
  return best;
}

/** `ohem_ratio`, `OHEM-ratio` and `ohemRatio` are one word. */
function fold(word: string): string {
  return word.toLowerCase().replaceAll(/[-_ ]/g, '');
}
