// What each upstream does, as options: one column of options a line of code, so that presets can be laid side by side.
// Written from upstream's files, not from the product's table.
import type { Options, PresetName, ReferenceOptions } from './options';

/** What no upstream does differently, or none does at all. */
const EVERYWHERE = {
  alpha: 0.7,
  ohemRatio: 3,
  alignCorners: false,
  negativePool: 'all',
  emptyImages: 'include',
} as const satisfies ReferenceOptions;

export const presets = {
  // ppocr/losses/det_pse_loss.py, 2.x
  paddleocr: {
    upsample: 'nearest',
    kernelSampleMask: 'pred',
    textThreshold: 'sigmoid-half',
    eps: 1e-6,
    epsInNumerator: false,
    binarizeLabels: false,
    fallbackMask: 'value',
    kernelTrainingMask: 'value',
    reduction: 'sum',
  },
  // the same file, up to 2.4
  'paddleocr-2.4': {
    upsample: 'nearest',
    kernelSampleMask: 'pred',
    textThreshold: 'sigmoid-half',
    eps: 1e-3,
    epsInNumerator: false,
    binarizeLabels: false,
    fallbackMask: 'value',
    kernelTrainingMask: 'value',
    reduction: 'sum',
  },
  // whai362/PSENet, branch python3: models/psenet.py, models/head/psenet_head.py, train.py. No text is predicted.
  psenet: {
    upsample: 'bilinear',
    kernelSampleMask: 'gt',
    eps: 1e-3,
    epsInNumerator: false,
    binarizeLabels: false,
    fallbackMask: 'value',
    kernelTrainingMask: 'value',
    reduction: 'mean',
  },
  // whai362/PSENet, branch python2: models/fpn_resnet.py, train_ic15.py
  'psenet-py2': {
    upsample: 'bilinear',
    kernelSampleMask: 'pred',
    textThreshold: 'sigmoid-half',
    eps: 1e-3,
    epsInNumerator: false,
    binarizeLabels: false,
    fallbackMask: 'value',
    kernelTrainingMask: 'above-half',
    reduction: 'mean',
  },
  // open-mmlab/mmocr 1.x: mmocr/models/textdet/module_losses/pse_module_loss.py
  mmocr: {
    upsample: 'bilinear',
    kernelSampleMask: 'pred',
    textThreshold: 0,
    eps: 1e-3,
    epsInNumerator: false,
    binarizeLabels: true,
    fallbackMask: 'nonzero',
    kernelTrainingMask: 'value',
    reduction: 'mean',
  },
  // open-mmlab/mmocr 0.x: mmocr/models/textdet/losses/pse_loss.py
  'mmocr-0.x': {
    upsample: 'none',
    kernelSampleMask: 'pred',
    textThreshold: 0,
    eps: 1e-3,
    epsInNumerator: true,
    binarizeLabels: true,
    fallbackMask: 'nonzero',
    kernelTrainingMask: 'value',
    reduction: 'mean',
  },
} as const satisfies Readonly<Record<PresetName, ReferenceOptions>>;

/** Every option with its value. */
export function resolve({ preset = 'paddleocr', ...own }: ReferenceOptions): Options {
  const chosen: ReferenceOptions = typeof preset === 'string' ? presets[preset] : preset;
  const layers = [EVERYWHERE, presets.paddleocr, chosen, own].map(given);
  const merged: Omit<Options, 'kernelWeight'> = Object.assign({}, ...layers);
  return { kernelWeight: 1 - merged.alpha, ...merged };
}

function given(options: ReferenceOptions): Partial<Options> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}
