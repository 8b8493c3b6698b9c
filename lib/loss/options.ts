// The options of the loss: their types, their defaults, and the checks that turn what a user wrote into all of them.
import { readBoolean, readChoice, readOptions } from '../arguments/choice';
import { readNumber } from '../arguments/number';

/** What becomes of the per-image values: kept, averaged or added up. */
export type Reduction = 'none' | 'mean' | 'sum';

/** Which pixels count for the text kernels. */
export type KernelSampleMask = 'pred' | 'gt';

/** Options of {@link PSELoss}. `undefined` means not given. */
export interface PSELossOptions<R extends Reduction = Reduction> {
  /** Weight of the text loss, from 0 to 1. @default 0.7 */
  readonly alpha?: number | undefined;
  /** Weight of the kernel loss, from 0 to 1e6. @default 1 − alpha */
  readonly kernelWeight?: number | undefined;
  /** Negatives that OHEM keeps per positive, at least 0. @default 3 */
  readonly ohemRatio?: number | undefined;
  /** `'pred'`: where the text map predicts text; `'gt'`: where there is text. @default 'pred' */
  readonly kernelSampleMask?: KernelSampleMask | undefined;
  /**
   * A text logit above it is predicted text.
   * `'sigmoid-half'` is the largest logit whose sigmoid rounds to .5 in the dtype of the maps. @default 'sigmoid-half'
   */
  readonly textThreshold?: number | 'sigmoid-half' | undefined;
  /** @default 'sum' */
  readonly reduction?: R | undefined;
  /** Added to both sums of squares in the dice denominator, at least 1e-30. @default 1e-6 */
  readonly eps?: number | undefined;
  /** Give `selectedMask`, the pixels that OHEM kept. @default false */
  readonly returnMask?: boolean | undefined;
}

/** Every option with its value; `new PSELoss(loss.options)` is the same loss. */
export type ResolvedOptions<R extends Reduction> = Readonly<{
  [name in keyof PSELossOptions<R>]-?: Exclude<PSELossOptions<R>[name], undefined>;
}>;

/** The reduction that options ask for; where their type leaves it open, each that they may ask for. */
export type ReductionOf<O> = O extends { readonly reduction: infer R extends Reduction }
  ? R
  : O extends { readonly reduction?: infer R }
    ? Extract<R, Reduction> | 'sum'
    : 'sum';

/** Options of the type O without unknown ones, which TypeScript lets pass where a type is inferred from an argument. */
export type KnownOnly<O> = PSELossOptions & {
  readonly [K in Exclude<keyof O, keyof PSELossOptions>]: `${K & string} is no option of PSELoss`;
};

const CALL = 'PSELoss';

const NAMES = [
  'alpha',
  'kernelWeight',
  'ohemRatio',
  'kernelSampleMask',
  'textThreshold',
  'reduction',
  'eps',
  'returnMask',
] as const satisfies readonly (keyof PSELossOptions)[];

/** PaddleOCR's PSELoss: ppocr/losses/det_pse_loss.py. */
const DEFAULTS = {
  alpha: 0.7,
  ohemRatio: 3,
  kernelSampleMask: 'pred',
  textThreshold: 'sigmoid-half',
  reduction: 'sum',
  eps: 1e-6,
  returnMask: false,
} as const;

/** Takes the options of a loss, or throws ERR_PSE_TYPE, ERR_PSE_RANGE or ERR_PSE_OPTION. */
export function resolveOptions(options: unknown): ResolvedOptions<Reduction> {
  const given = { ...DEFAULTS, ...readOptions(CALL, 'options', options, NAMES) };
  const alpha = readNumber(CALL, 'options.alpha', given.alpha, { min: 0, max: 1 });
  const { kernelWeight = 1 - alpha } = given;
  return Object.freeze({
    alpha,
    kernelWeight: readNumber(CALL, 'options.kernelWeight', kernelWeight, { min: 0, max: 1e6 }),
    ohemRatio: readNumber(CALL, 'options.ohemRatio', given.ohemRatio, { min: 0 }),
    kernelSampleMask: readChoice(CALL, 'options.kernelSampleMask', given.kernelSampleMask, [
      'pred',
      'gt',
    ]),
    textThreshold: readTextThreshold(given.textThreshold),
    reduction: readChoice(CALL, 'options.reduction', given.reduction, ['none', 'mean', 'sum']),
    // Of an empty image the gradient is 0 times 1 / eps, which must stay a float32.
    eps: readNumber(CALL, 'options.eps', given.eps, { min: 1e-30 }),
    returnMask: readBoolean(CALL, 'options.returnMask', given.returnMask),
  });
}

function readTextThreshold(value: unknown): number | 'sigmoid-half' {
  const argument = 'options.textThreshold';
  if (typeof value === 'number') return readNumber(CALL, argument, value);
  return readChoice(CALL, argument, value, ['sigmoid-half'], ['a finite number']);
}
