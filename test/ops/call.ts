// The loss as JavaScript calls it: with anything for an argument.
import { type LabelArrays, type NdArray, PSELoss } from 'pse-loss';
import { makeBatch } from '../support/batch';

export const CALLS = ['forwardSync', 'valueAndGradSync'] as const;
export type Call = (typeof CALLS)[number];

export const ARGUMENTS = ['maps', 'gtTexts', 'gtKernels', 'trainingMasks'] as const;
export type Argument = (typeof ARGUMENTS)[number];

/** Arguments that fit: N = 2, K = 3, h × w = 2 × 3, s = 4; maps in float32, labels in uint8. */
export const { maps: MAPS, labels: LABELS } = makeBatch({
  ...{ seed: 9, images: 2, kernels: 3, height: 2, width: 3 },
});
export const GIVEN = { maps: MAPS, ...LABELS };

/** Calls with some arguments replaced. */
export function callWith(changes: { readonly [name in Argument]?: unknown }, call?: Call) {
  const { maps, ...labels } = { ...GIVEN, ...changes };
  return callOn(maps, labels, call);
}

export function callOn(maps: unknown, labels: unknown, call: Call = 'valueAndGradSync') {
  const loss = new PSELoss({ returnMask: true });
  const given = [maps as NdArray<Float32Array>, labels as LabelArrays] as const;
  return call === 'forwardSync' ? loss.forwardSync(...given) : loss.valueAndGradSync(...given);
}
