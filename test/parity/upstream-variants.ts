// Every option that upstream's own files have, and what they mean by it.
import { presets, resolve } from '../reference/presets';
import type { ReferenceOptions } from '../reference/pse-loss';
import { labelsOf, type Scene } from '../support/batch';
import { ACROSS, type Precision, type Trial, type Variant } from './variants';

const FLAT = { scale: 1, height: 37, width: 29, kernels: 3, images: 3 } as const;
const THREE = { ...ACROSS, kernels: 3 } as const;

function one(about: string, size: Variant['size'], given: ReferenceOptions): Variant {
  return { about, size, given };
}

const mmocr1 = (about: string, own: ReferenceOptions, size: Variant['size'] = THREE) =>
  one(about, size, { preset: 'mmocr', ...own });
const mmocr0 = (about: string, own: ReferenceOptions, size: Variant['size'] = FLAT) =>
  one(about, size, { preset: 'mmocr-0.x', ...own });

/** On upstream's own preset, behind another upsampling, and in place of the presets that no wheel holds. */
export const UPSTREAM_VARIANTS = {
  'mmocr 1.0.1': [
    mmocr1('defaults', {}, { ...ACROSS, kernels: 6, images: 3 }),
    mmocr1("kernelSampleMask gt, its 'hard'", { kernelSampleMask: 'gt' }),
    mmocr1('ohemRatio 1.5', { ohemRatio: 1.5 }),
    mmocr1('ohemRatio .3', { ohemRatio: 0.3 }),
    mmocr1('ohemRatio 0', { ohemRatio: 0 }),
    mmocr1('ohemRatio 1e6', { ohemRatio: 1e6 }),
    mmocr1('alpha .25', { alpha: 0.25 }),
    mmocr1('alpha .6, kernelWeight 2', { alpha: 0.6, kernelWeight: 2 }),
    mmocr1('eps 1e-6', { eps: 1e-6 }),
    mmocr1('reduction sum', { reduction: 'sum' }),
    mmocr1('upsample nearest', { upsample: 'nearest' }, { scale: 3, kernels: 1 }),
    mmocr1('upsample none', { upsample: 'none' }, FLAT),
    mmocr1('alignCorners', { alignCorners: true }),
    mmocr1(
      'no integer factor',
      {},
      { height: 13, width: 11, labelHeight: 71, labelWidth: 60, kernels: 1 },
    ),
    one('for preset psenet', THREE, { preset: 'psenet' }),
    one('for preset psenet-py2', THREE, { preset: 'psenet-py2' }),
    one('for preset paddleocr', { gtKernels: 7, height: 9 }, { preset: 'paddleocr' }),
    one('for preset paddleocr-2.4', { gtKernels: 7, height: 9 }, { preset: 'paddleocr-2.4' }),
  ],
  'mmocr 0.6.3': [
    mmocr0('defaults', {}, { ...FLAT, kernels: 6 }),
    mmocr0("kernelSampleMask gt, its 'hard'", { kernelSampleMask: 'gt' }),
    mmocr0('ohemRatio 1.5', { ohemRatio: 1.5 }),
    mmocr0('ohemRatio .3', { ohemRatio: 0.3 }),
    mmocr0('ohemRatio 0', { ohemRatio: 0 }),
    mmocr0('ohemRatio 1e6', { ohemRatio: 1e6 }),
    mmocr0('alpha .25', { alpha: 0.25 }),
    mmocr0('reduction sum', { reduction: 'sum' }),
    mmocr0('upsample nearest', { upsample: 'nearest' }, { scale: 3, kernels: 1 }),
    mmocr0('upsample bilinear', { upsample: 'bilinear' }, THREE),
  ],
} as const satisfies Readonly<Record<string, readonly Variant[]>>;

export type Upstream = keyof typeof UPSTREAM_VARIANTS;
export const UPSTREAMS = Object.keys(UPSTREAM_VARIANTS) as Upstream[];

/** Whether upstream, which makes labels binary and compares logits with 0, means what the options say. */
export function standsFor({ given }: Variant, scene: Scene, precision: Precision): boolean {
  const { binarizeLabels, kernelSampleMask } = resolve(given);
  if (binarizeLabels) return true;
  const nearHalf = scene === 'near-threshold' && precision === 'float32';
  return labelsOf(scene) === 'binary' && !(nearHalf && kernelSampleMask === 'pred');
}

/** What upstream does without being asked; what it is told has to say the same. */
export function toldUpstream(options: Trial['options']): Trial['options'] {
  const { textThreshold, binarizeLabels, fallbackMask, kernelTrainingMask } = presets.mmocr;
  return { ...options, textThreshold, binarizeLabels, fallbackMask, kernelTrainingMask };
}
