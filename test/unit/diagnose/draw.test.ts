import { setImmediate } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { PNG } from 'pngjs';
import { diagnoseBatch } from '../../../lib/diagnose/diagnose';
import { batchOf, counted, MAP, type Scene, SIZE, scene } from './scene';

const half = (): Scene =>
  scene((image) => {
    // Text is predicted in the left half of it, and in one corner; the rightmost columns are ignored.
    image.maps[0] = image.maps[0]!.map((x, i) => (i % MAP < 5 ? x : -3));
    image.maps[0]![0] = 3;
    image.mask = image.mask.map((_, p) => Number(p % SIZE < 22));
  });

function decode(png: Uint8Array | undefined) {
  const { data, width, height } = PNG.sync.read(Buffer.from(png!));
  const colourAt = (y: number, x: number) => [...data.subarray(4 * (y * width + x)).slice(0, 3)];
  return { size: [width, height], colourAt };
}

const WARM = [244, 168, 78];
const COLD = [84, 132, 178];
const NIGHT = [21, 27, 36];
const DIM = [92, 64, 48];
const STRIPE = [58, 67, 79];

describe('pictures', () => {
  test('are four an image, by name', async () => {
    const pictures = await diagnoseBatch(batchOf([scene(), half()])).pictures();
    const names = (image: number) =>
      ['text-logits', 'selected', 'kernel-mask', 'labels'].map(
        (name) => `image-${image}-${name}.png`,
      );
    expect(Object.keys(pictures)).toEqual([...names(0), ...names(1)]);
  });

  test('have a pixel per logit or per pixel, in the colours of what they show', async () => {
    const pictures = await diagnoseBatch(batchOf([scene(), half()], { ohemRatio: 0.1 })).pictures();
    const logits = decode(pictures['image-1-text-logits.png']);
    expect(logits.size).toEqual([MAP, MAP]);
    const [red, , blue] = logits.colourAt(0, 0) as [number, number, number];
    expect(red).toBeGreaterThan(blue);

    const kernelMask = decode(pictures['image-1-kernel-mask.png']);
    expect(kernelMask.size).toEqual([SIZE, SIZE]);
    expect(kernelMask.colourAt(10, 5)).toEqual(WARM);
    expect(kernelMask.colourAt(10, 15)).toEqual(DIM);
    expect(kernelMask.colourAt(1, 1)).toEqual(COLD);
    expect(kernelMask.colourAt(20, 15)).toEqual(NIGHT);
    expect([STRIPE, NIGHT]).toContainEqual(kernelMask.colourAt(0, 23));

    const selected = decode(pictures['image-1-selected.png']);
    expect(selected.colourAt(10, 15)).toEqual(WARM);
    expect(selected.colourAt(1, 1)).toEqual(COLD);
    expect(
      [0, 1, 2, 3, 4, 5, 6, 7].map((y) => selected.colourAt(y, 23)).filter(([r]) => r === 58),
    ).toHaveLength(3);

    const labels = decode(pictures['image-1-labels.png']);
    expect(labels.size).toEqual([SIZE, SIZE]);
    const [outside, text, first, last] = [
      labels.colourAt(0, 0),
      labels.colourAt(6, 4),
      labels.colourAt(8, 6),
      labels.colourAt(11, 11),
    ] as [number[], number[], number[], number[]];
    expect(outside).toEqual(NIGHT);
    expect([text[1]! < first[1]!, first[1]! < last[1]!]).toEqual([true, true]);
  });

  test('of labels counted by blocks have a pixel per logit, and leave the labels out', async () => {
    const pictures = await diagnoseBatch(counted(batchOf([half()], { ohemRatio: 0.1 }))).pictures();
    expect(Object.keys(pictures)).toEqual([
      'image-0-text-logits.png',
      'image-0-selected.png',
      'image-0-kernel-mask.png',
    ]);
    const kernelMask = decode(pictures['image-0-kernel-mask.png']);
    expect(kernelMask.size).toEqual([MAP, MAP]);
    expect(kernelMask.colourAt(5, 2)).toEqual(WARM);
    expect(kernelMask.colourAt(5, 7)).toEqual(DIM);
    expect(kernelMask.colourAt(0, 0)).toEqual(COLD);
    const selected = decode(pictures['image-0-selected.png']);
    expect(selected.colourAt(5, 7)).toEqual(WARM);
    expect(selected.colourAt(0, 0)).toEqual(COLD);
  });

  test('are not drawn before they are asked for, and show the arrays as they are then', async () => {
    const batch = batchOf([scene()]);
    const diagnosis = diagnoseBatch(batch);
    const before = await diagnosis.pictures();
    (batch.maps.data as Float64Array).fill(-8);
    const after = await diagnosis.pictures();
    expect(after['image-0-labels.png']).toEqual(before['image-0-labels.png']);
    expect(after['image-0-text-logits.png']).not.toEqual(before['image-0-text-logits.png']);
  });

  test('let others have a turn between them', async () => {
    let turns = 0;
    const drawing = diagnoseBatch(batchOf([scene(), scene()])).pictures();
    let drawn = false;
    void drawing.then(() => {
      drawn = true;
    });
    while (!drawn) {
      await setImmediate();
      turns += 1;
    }
    expect(turns).toBeGreaterThanOrEqual(8);
  });
});
