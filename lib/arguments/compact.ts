// Compact labels that come back to us, maybe from another worker or process: are they what compactLabels makes?
import { mismatch } from '../errors';
import type { Sized } from './array';
import { readBoolean } from './choice';
import { describe, describeShape } from './describe';
import { readNumber } from './number';
import { type BatchShape, channelsHint, checkMaps, factorOf, type Upsample } from './shape';
import { checkInputElements, type InputArgument, readInput } from './tensor';

/** Compact labels that were checked. */
export interface CompactArgument {
  /** [N, 3 + 2Kg, h, w]; uint16 for a scale above 15 */
  readonly counts: InputArgument<'uint8' | 'uint16'>;
  readonly scale: number;
  /** Kg */
  readonly kernels: number;
  readonly binarizeLabels: boolean;
}

/** The format that this release makes and reads. */
export const COMPACT_VERSION = 1;
/** s² pixels of a block have to fit uint16 … */
export const COMPACT_SCALE = { min: 1, max: 255, integer: true } as const;
/** … and fit uint8 up to this scale. */
export const LARGEST_UINT8_SCALE = 15;

/** Whether labels are meant to be compact ones. Runs no getter. */
export function isCompact(labels: unknown): boolean {
  return typeof labels === 'object' && labels !== null && 'counts' in labels;
}

/** Takes what compactLabels made, or throws ERR_PSE_TYPE, ERR_PSE_DTYPE, ERR_PSE_SHAPE, ERR_PSE_RANGE or ERR_PSE_VALUE. */
export function readCompactLabels(call: string, argument: string, value: unknown): CompactArgument {
  if (typeof value !== 'object' || value === null) {
    throw mismatch('ERR_PSE_TYPE', {
      call,
      argument,
      requirement: 'what compactLabels gave',
      got: describe(value),
    });
  }
  const given = value as { readonly [name in keyof CompactArgument | 'version']?: unknown };
  const { version, scale, kernels, binarizeLabels, counts } = given;
  if (version !== COMPACT_VERSION) {
    throw mismatch(typeof version === 'number' ? 'ERR_PSE_VALUE' : 'ERR_PSE_TYPE', {
      call,
      argument: `${argument}.version`,
      requirement: `the number ${COMPACT_VERSION}`,
      got: describe(version),
      hint: 'compactLabels of this release makes labels that it reads',
    });
  }
  const read = {
    scale: readNumber(call, `${argument}.scale`, scale, COMPACT_SCALE),
    kernels: readNumber(call, `${argument}.kernels`, kernels, { min: 1, integer: true }),
    binarizeLabels: readBoolean(call, `${argument}.binarizeLabels`, binarizeLabels),
  };
  const dtype = read.scale > LARGEST_UINT8_SCALE ? 'uint16' : 'uint8';
  const channels = 3 + 2 * read.kernels;
  const readCounts = readInput(call, `${argument}.counts`, counts, {
    dtypes: [dtype],
    axes: ['N', `${channels}`, 'h', 'w'],
  });
  if (readCounts.shape[1] !== channels) {
    throw mismatch('ERR_PSE_SHAPE', {
      call,
      argument: `${argument}.counts`,
      requirement: `[N, ${channels}, h, w], 3 + 2 · kernels channels`,
      got: describeShape(readCounts.shape),
    });
  }
  return { counts: readCounts, ...read };
}

/** `checkElements` of the counts: to be asked again if getters of the user's run after `readCompactLabels`. */
export function checkCompactElements(call: string, argument: string, { counts }: CompactArgument) {
  checkInputElements(call, `${argument}.counts`, counts);
}

/** What a loss does that compact labels may not be able to. */
export interface CompactUse {
  readonly upsample: Upsample;
  readonly binarizeLabels: boolean;
  readonly returnMask: boolean;
}

/**
 * Takes maps and compact labels that fit together, or throws ERR_PSE_SHAPE saying which would, or ERR_PSE_OPTION where
 * the loss needs what they do not hold.
 */
export function checkCompact(
  call: string,
  maps: Sized,
  compact: CompactArgument,
  use: CompactUse,
): BatchShape & { readonly scale: number } {
  checkUse(call, compact, use);
  const { images, channels, kernels, height, width } = checkMaps(call, maps);
  const { counts, scale } = compact;
  const [n, , h, w] = counts.shape as readonly [number, number, number, number];
  if (n !== images || h !== height || w !== width) {
    const factor = factorOf(height, width, h * scale, w * scale);
    throw mismatch('ERR_PSE_SHAPE', {
      call,
      argument: 'labels.counts',
      requirement: `[${images}, 3 + 2Kg, ${height}, ${width}], as maps are ${describeShape(maps.shape)}`,
      got: describeShape(counts.shape),
      hint:
        n === images && factor !== undefined && factor <= COMPACT_SCALE.max
          ? `compactLabels with scale: ${factor} makes them fit`
          : undefined,
    });
  }
  if (compact.kernels < kernels) {
    throw mismatch('ERR_PSE_SHAPE', {
      call,
      argument: 'labels.kernels',
      requirement: `at least ${kernels}`,
      got: `${compact.kernels}`,
      hint: channelsHint(channels),
    });
  }
  if (use.upsample === 'none' && scale !== 1) {
    throw mismatch('ERR_PSE_SHAPE', {
      call,
      argument: 'labels.scale',
      requirement: "1, as upsample: 'none' needs",
      got: `${scale}`,
      hint: "upsample: 'nearest' takes any scale",
    });
  }
  return { images, kernels, height: h * scale, width: w * scale, scale };
}

function checkUse(call: string, compact: CompactArgument, use: CompactUse): void {
  const refuse = (requirement: string, got: string, hint?: string) =>
    mismatch('ERR_PSE_OPTION', { call, argument: 'labels', requirement, got, hint });
  const whole = (option: string) => `{ gtTexts, gtKernels, trainingMasks }, as ${option} needs`;
  if (use.upsample === 'bilinear') throw refuse(whole("upsample: 'bilinear'"), 'compact labels');
  if (use.returnMask) throw refuse(whole('returnMask: true'), 'compact labels');
  if (use.binarizeLabels !== compact.binarizeLabels) {
    const of = (binarize: boolean) => `binarizeLabels: ${binarize}`;
    throw refuse(
      `made with ${of(use.binarizeLabels)}, as the loss has it`,
      `compact labels made with ${of(compact.binarizeLabels)}`,
    );
  }
}
