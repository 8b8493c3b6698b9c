// The public implementations as options, and nothing that is not an option.
import type { PresetName, PSELossOptions } from './options';

const PADDLEOCR = {
  alpha: 0.7,
  ohemRatio: 3,
  kernelSampleMask: 'pred',
  textThreshold: 'sigmoid-half',
  reduction: 'sum',
  eps: 1e-6,
  epsInNumerator: false,
  binarizeLabels: false,
  fallbackMask: 'value',
  kernelTrainingMask: 'value',
  upsample: 'nearest',
} as const;

const PSENET = {
  ...PADDLEOCR,
  kernelSampleMask: 'gt',
  reduction: 'mean',
  eps: 1e-3,
  upsample: 'bilinear',
} as const;

const MMOCR = {
  ...PSENET,
  kernelSampleMask: 'pred',
  textThreshold: 0,
  binarizeLabels: true,
  fallbackMask: 'nonzero',
} as const;

/**
 * The loss of each public implementation, as the options that make it. docs/presets.md tells what changes for who comes
 * from one, and which of its own results is which of ours.
 *
 * | name | source |
 * | --- | --- |
 * | `paddleocr` | PaddleOCR after 2.4, `ppocr/losses/det_pse_loss.py` |
 * | `paddleocr-2.4` | PaddleOCR up to 2.4, the same file |
 * | `psenet` | whai362/PSENet, branch `python3`, `models/head/psenet_head.py` |
 * | `psenet-py2` | whai362/PSENet, branch `python2`, `train_ic15.py` |
 * | `mmocr` | mmocr 1.x, `mmocr/models/textdet/module_losses/pse_module_loss.py` |
 * | `mmocr-0.x` | mmocr 0.x, `mmocr/models/textdet/losses/pse_loss.py` |
 *
 * @example
 * ```ts
 * import { PSELoss, presets } from 'pse-loss';
 *
 * const mine = new PSELoss({ preset: { ...presets.mmocr, ohemRatio: 5 }, reduction: 'none' });
 * console.log(mine.options.upsample, mine.options.ohemRatio, mine.options.reduction); // bilinear 5 none
 * ```
 */
export const presets = deepFreeze({
  paddleocr: PADDLEOCR,
  'paddleocr-2.4': { ...PADDLEOCR, eps: 1e-3 },
  psenet: PSENET,
  'psenet-py2': { ...PSENET, kernelSampleMask: 'pred', kernelTrainingMask: 'above-half' },
  mmocr: MMOCR,
  'mmocr-0.x': { ...MMOCR, epsInNumerator: true, upsample: 'none' },
} as const satisfies Readonly<Record<PresetName, Omit<PSELossOptions, 'preset'>>>);

/** The reduction of each. */
export type PresetReduction = { [P in PresetName]: (typeof presets)[P]['reduction'] };

function deepFreeze<T extends object>(presetsByName: T): Readonly<T> {
  for (const preset of Object.values(presetsByName)) Object.freeze(preset);
  return Object.freeze(presetsByName);
}
