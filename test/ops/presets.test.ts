// A preset is its options and nothing else: by name, as an object, and spelled out it gives the same bits.
import { describe, expect, test } from '@jest/globals';
import { type PresetName, PSELoss, presets } from 'pse-loss';
import { presets as referencePresets } from '../reference/presets';
import { makeBatch, SCENES } from '../support/batch';
import { expectAsOracle } from './against-oracle';

const NAMES = Object.keys(presets) as PresetName[];

/** A size that suits the preset; large enough for ATen's bilinear to be that of the oracle. */
function sizeOf(name: PresetName) {
  return name === 'mmocr-0.x'
    ? ({ scale: 1, height: 30, width: 26 } as const)
    : ({ scale: 4, height: 18, width: 17 } as const);
}

describe.each(NAMES)('%s', (name) => {
  test('by name, as its object, spread into options, and from the options of the loss', () => {
    const { maps, labels } = makeBatch({ seed: 90, images: 3, kernels: 3, ...sizeOf(name) });
    const loss = new PSELoss({ preset: name, returnMask: true });
    const expected = loss.valueAndGradSync(maps, labels);
    const others = [
      new PSELoss({ preset: presets[name], returnMask: true }),
      new PSELoss({ ...presets[name], returnMask: true }),
      new PSELoss(loss.options),
      new PSELoss(JSON.parse(JSON.stringify(loss.options))),
    ];
    for (const other of others) {
      expect(other.valueAndGradSync(maps, labels)).toStrictEqual(expected);
    }
  });

  test.each(SCENES)('is as the oracle has it, which has a table of its own: %s', (scene) => {
    for (const maps of ['float32', 'float64'] as const) {
      const batch = makeBatch({ seed: 91, scene, kernels: 2, maps, ...sizeOf(name) });
      expectAsOracle(batch, { preset: name });
    }
  });
});

test('the oracle knows the same presets', () => {
  expect(Object.keys(referencePresets).sort()).toEqual([...NAMES].sort());
});
