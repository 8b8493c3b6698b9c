// From what a user wrote to every option with its value: own options before the preset's before the defaults.
import { readBoolean, readChoice, readOptions } from '../arguments/choice';
import { readNumber } from '../arguments/number';
import { mismatch } from '../errors';
import type { PresetName, PSELossOptions, Reduction, ResolvedOptions } from './options';
import { type PresetReduction, presets } from './presets';

/** The reduction that options ask for; where their type leaves it open, each that they may ask for. */
export type ReductionOf<O> = O extends { readonly reduction: infer R extends Reduction }
  ? R
  : O extends { readonly reduction?: infer R }
    ? Extract<R, Reduction> | ReductionOfPreset<O>
    : ReductionOfPreset<O>;

type ReductionOfPreset<O> = O extends { readonly preset?: infer P } ? OfPreset<P> : 'sum';

type OfPreset<P> = P extends PresetName
  ? PresetReduction[P]
  : P extends undefined
    ? 'sum'
    : ReductionOf<P>;

/** Options of the type O without unknown ones, which TypeScript lets pass where a type is inferred from an argument. */
export type KnownOnly<O> = PSELossOptions & {
  readonly [K in Exclude<keyof O, keyof PSELossOptions>]: `${K & string} is no option of PSELoss`;
};

const CALL = 'PSELoss';

const DEFAULTS = {
  ...presets.paddleocr,
  alignCorners: false,
  negativePool: 'all',
  emptyImages: 'include',
  returnMask: false,
  checkValues: false,
} as const;

type Name = Exclude<keyof PSELossOptions, 'preset'>;

const NAMES = [...(Object.keys(DEFAULTS) as Name[]), 'kernelWeight'] as const;

/** Takes the options of a loss, or throws ERR_PSE_TYPE, ERR_PSE_RANGE or ERR_PSE_OPTION. */
export function resolveOptions(options: unknown): ResolvedOptions<Reduction> {
  const { preset, ...own } = readOptions(CALL, 'options', options, [...NAMES, 'preset']);
  const ofPreset = readPreset(preset);
  const given: { readonly [name in Name]?: unknown } = { ...DEFAULTS, ...ofPreset, ...own };
  /** Whose value it is: that is the argument to be named. */
  const argument = (name: Name) =>
    !(name in own) && name in ofPreset && typeof preset === 'object'
      ? `options.preset.${name}`
      : `options.${name}`;
  const number = (name: Name, range: Parameters<typeof readNumber>[3]) =>
    readNumber(CALL, argument(name), given[name], range);
  const word = <const T extends string>(name: Name, words: readonly T[]) =>
    readChoice(CALL, argument(name), given[name], words);
  const flag = (name: Name) => readBoolean(CALL, argument(name), given[name]);

  const alpha = number('alpha', { min: 0, max: 1 });
  const resolved = {
    alpha,
    kernelWeight:
      given.kernelWeight === undefined ? 1 - alpha : number('kernelWeight', { min: 0, max: 1e6 }),
    ohemRatio: number('ohemRatio', { min: 0 }),
    kernelSampleMask: word('kernelSampleMask', ['pred', 'gt', 'union']),
    textThreshold: readTextThreshold(argument('textThreshold'), given.textThreshold),
    reduction: word('reduction', ['none', 'mean', 'sum']),
    // Of an empty image the gradient is 0 times 1 / eps, which must stay a float32.
    eps: number('eps', { min: 1e-30 }),
    epsInNumerator: flag('epsInNumerator'),
    binarizeLabels: flag('binarizeLabels'),
    fallbackMask: word('fallbackMask', ['value', 'nonzero']),
    kernelTrainingMask: word('kernelTrainingMask', ['value', 'above-half']),
    upsample: word('upsample', ['nearest', 'bilinear', 'none']),
    alignCorners: flag('alignCorners'),
    negativePool: word('negativePool', ['all', 'valid']),
    emptyImages: word('emptyImages', ['include', 'skip']),
    returnMask: flag('returnMask'),
    checkValues: flag('checkValues'),
  } satisfies ResolvedOptions<Reduction>;
  if (resolved.alignCorners && resolved.upsample !== 'bilinear') {
    throw mismatch('ERR_PSE_OPTION', {
      call: CALL,
      argument: argument('alignCorners'),
      requirement: `false with upsample: '${resolved.upsample}'`,
      got: 'true',
      hint: "it belongs to upsample: 'bilinear'",
    });
  }
  return Object.freeze(resolved);
}

function readPreset(preset: unknown): { readonly [name in Name]?: unknown } {
  if (preset === undefined) return {};
  if (typeof preset === 'object' && preset !== null) {
    return readOptions(CALL, 'options.preset', preset, NAMES);
  }
  const names = Object.keys(presets) as PresetName[];
  const other = typeof preset === 'string' ? meant(preset) : undefined;
  const name = readChoice(CALL, 'options.preset', preset, names, ['an object of options'], other);
  return presets[name];
}

/** The preset of a release or branch that has none of its own name: the nearest spelling may be another's. */
function meant(word: string): PresetName | undefined {
  return OTHER_NAMES.find(([pattern]) => pattern.test(word))?.[1];
}

const OTHER_NAMES: readonly (readonly [RegExp, PresetName])[] = [
  [/^mmocr[-_ ]?(v?1|main|dev)/i, 'mmocr'],
  [/^(psenet[-_ ]?(py|python)?[-_ ]?3|pan)/i, 'psenet'],
  [/^paddle(ocr)?$/i, 'paddleocr'],
  [/^paddle(ocr)?[-_ ]?v?(2[-_.]?([5-9]|1\d)|[3-9])/i, 'paddleocr'],
];

function readTextThreshold(argument: string, value: unknown): number | 'sigmoid-half' {
  if (typeof value === 'number') return readNumber(CALL, argument, value);
  return readChoice(CALL, argument, value, ['sigmoid-half'], ['a finite number']);
}
