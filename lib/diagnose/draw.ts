// Draws a batch. Between pictures others get a turn: each takes tens of milliseconds.
import { setImmediate } from 'node:timers/promises';
import { type DiagnosedBatch, isCounted, planeOf, type Sizes, sizesOf } from './batch';
import {
  kernelMaskPicture,
  labelsPicture,
  logitsPicture,
  type Plane,
  selectionPicture,
} from './pictures';

/** A PNG file and what it shows. */
type Picture = readonly [name: string, png: Uint8Array];

/** PNG files by name; of counted labels the selections have a pixel per logit, and there is no picture of the labels. */
export async function drawPictures(batch: DiagnosedBatch): Promise<Record<string, Uint8Array>> {
  const pictures: Record<string, Uint8Array> = {};
  const sizes = sizesOf(batch);
  for (let image = 0; image < sizes.images; image++) {
    for (const [name, png] of drawImage(batch, sizes, image)) {
      pictures[`image-${image}-${name}.png`] = png;
      await setImmediate();
    }
  }
  return pictures;
}

function* drawImage(batch: DiagnosedBatch, sizes: Sizes, image: number): Generator<Picture> {
  const { maps, labels, selected, kernelMask } = batch;
  const { channels, gtKernels, mapHeight, mapWidth, height, width } = sizes;
  const logits = mapHeight * mapWidth;
  const perLogit = (data: ArrayLike<number>): Plane => ({
    data,
    width: mapWidth,
    height: mapHeight,
  });
  yield ['text-logits', logitsPicture(perLogit(planeOf(maps, image * channels, logits)))];

  if (isCounted(labels)) {
    const counts = (index: number) =>
      planeOf(labels.counts, image * (3 + 2 * labels.kernels) + index, logits);
    // A block has what any of its pixels has.
    const any = (data: ArrayLike<number>) => perLogit(Uint8Array.from(data, (n) => Number(n > 0)));
    const [valid, text] = [any(counts(1)), any(counts(2))];
    const chosen = any(planeOf(selected, image, logits));
    yield ['selected', selectionPicture(chosen, text, valid)];
    const sampled = any(planeOf(kernelMask, image, logits));
    yield ['kernel-mask', kernelMaskPicture(sampled, text, valid)];
    return;
  }

  const pixels = height * width;
  const plane = (array: DiagnosedBatch['maps'], index: number): Plane => ({
    data: planeOf(array, index, pixels),
    width,
    height,
  });
  const text = plane(labels.gtTexts, image);
  const valid = plane(labels.trainingMasks, image);
  const kernels = Array.from({ length: gtKernels }, (_, k) =>
    plane(labels.gtKernels, image * gtKernels + k),
  );
  yield ['selected', selectionPicture(plane(selected, image), text, valid)];
  yield ['kernel-mask', kernelMaskPicture(plane(kernelMask, image), text, valid)];
  yield ['labels', labelsPicture(text, kernels, valid)];
}
