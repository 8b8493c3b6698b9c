// The pictures of PSELoss.diagnose: which there are, how large, and that they show the masks that the loss used.
import { describe, expect, test } from '@jest/globals';
import { PNG } from 'pngjs';
import { compactLabels, PSELoss, type PSELossOptions } from 'pse-loss';
import { makeBatch } from '../support/batch';
import { masksOf } from './masks';
import { batchOf, TWO_BLOCKS } from './small';

const WARM = '244,168,78';
const COLD = '84,132,178';
const NIGHT = '21,27,36';
const DIM = '92,64,48';

function decode(png: Uint8Array | undefined) {
  return PNG.sync.read(Buffer.from(png!));
}

function sizeOf(png: Uint8Array | undefined): number[] {
  const { width, height } = decode(png);
  return [width, height];
}

/** `red,green,blue` of every pixel */
function coloursOf(png: Uint8Array | undefined): string[] {
  const { data, width, height } = decode(png);
  return Array.from({ length: width * height }, (_, p) =>
    data.subarray(4 * p, 4 * p + 3).join(','),
  );
}

describe('pictures', () => {
  const names = (image: number, ...kinds: string[]) =>
    kinds.map((kind) => `image-${image}-${kind}.png`);

  test('are four an image, of the size of what they show', async () => {
    const { maps, labels } = makeBatch({ seed: 81 });
    const { pictures } = await new PSELoss().diagnose(maps, labels);
    const drawn = await pictures();
    const kinds = ['text-logits', 'selected', 'kernel-mask', 'labels'];
    expect(Object.keys(drawn)).toEqual([...names(0, ...kinds), ...names(1, ...kinds)]);
    expect(Object.values(drawn).map(sizeOf)).toEqual(
      [0, 1].flatMap(() => [[10, 12], ...Array(3).fill([40, 48])]),
    );
  });

  test('have the size of the labels, whatever the maps have', async () => {
    const size = { labelHeight: 41, labelWidth: 37 };
    const { maps, labels } = makeBatch({ seed: 83, images: 1, ...size });
    const { pictures } = await new PSELoss({ upsample: 'bilinear' }).diagnose(maps, labels);
    const sizes = Object.values(await pictures()).map(sizeOf);
    expect(sizes).toEqual([[10, 12], ...Array(3).fill([37, 41])]);
  });

  test('of compact labels have a pixel per logit, and leave the labels out', async () => {
    const { maps, labels } = makeBatch({ seed: 81, images: 1 });
    const { pictures } = await new PSELoss().diagnose(maps, compactLabels(labels, { scale: 4 }));
    const drawn = await pictures();
    expect(Object.keys(drawn)).toEqual(names(0, 'text-logits', 'selected', 'kernel-mask'));
    expect(Object.values(drawn).map(sizeOf)).toEqual(Array(3).fill([10, 12]));
  });

  test.each<PSELossOptions>([{ ohemRatio: 0.5 }, { preset: 'psenet-py2' }, { preset: 'mmocr' }])(
    'show the masks of the loss: %j',
    async (options) => {
      const batch = makeBatch({ seed: 82, images: 3 });
      const { gtTexts, trainingMasks } = batch.labels;
      const loss = new PSELoss({ ...options, returnMask: true });
      const { selectedMask } = loss.forwardSync(batch.maps, batch.labels);
      const masks = masksOf(batch, options);
      const drawn = await (await loss.diagnose(batch.maps, batch.labels)).pictures();
      const pixels = 48 * 40;
      for (let image = 0; image < 3; image++) {
        const [selected, kernelMask] = names(image, 'selected', 'kernel-mask').map((name) =>
          coloursOf(drawn[name]),
        );
        const valid = (p: number) => trainingMasks.data[image * pixels + p] === 1;
        const shown = (colours: readonly string[]) => colours.filter((_, p) => valid(p));
        const expected = (mask: ArrayLike<number>, leftOut: string) =>
          shown(
            Array.from({ length: pixels }, (_, p) => {
              const isText = gtTexts.data[image * pixels + p] === 1;
              if (mask[image * pixels + p] === 1) return isText ? WARM : COLD;
              return isText ? leftOut : NIGHT;
            }),
          );
        expect(shown(selected!)).toEqual(expected(selectedMask!.data, NIGHT));
        expect(shown(kernelMask!)).toEqual(expected(masks.kernelMask, DIM));
      }
    },
  );

  test('by hand: two logits over eight pixels, three of them text', async () => {
    const { maps, labels } = batchOf([TWO_BLOCKS]);
    // A quota of one negative, trunc(3 · .34): the one below the logit of ln 3, which is text in the kernel mask, too.
    const { pictures } = await new PSELoss({ ohemRatio: 0.34 }).diagnose(maps, labels);
    const drawn = await pictures();
    const [logits, selected, kernelMask, targets] = Object.values(drawn).map(coloursOf);
    // Steps of 2 · ln 3 / 8 = .27 from the first warm colour to the second, and from the last cold one to the one before.
    expect(logits).toEqual(['194,111,55', '70,100,131']);
    const left = [WARM, WARM, NIGHT, NIGHT, WARM, COLD, NIGHT, NIGHT];
    expect(selected).toEqual(left);
    expect(kernelMask).toEqual(left);
    const [text, kernel] = ['38,84,104', '255,238,200'];
    const others = [NIGHT, NIGHT, NIGHT];
    expect(targets).toEqual([kernel, text, NIGHT, NIGHT, text, ...others]);
  });
});

test('of arrays that were transferred meanwhile cannot be drawn, and say so', async () => {
  const { maps, labels } = makeBatch({ seed: 81 });
  const { pictures } = await new PSELoss().diagnose(maps, labels);
  structuredClone(maps.data.buffer, { transfer: [maps.data.buffer as ArrayBuffer] });
  await expect(pictures()).rejects.toMatchObject({
    name: 'RangeError',
    code: 'ERR_PSE_SHAPE',
    message: expect.stringMatching(/^PSELoss\.diagnose: expected maps\.data .*\(a detached buffer/),
  });
});
