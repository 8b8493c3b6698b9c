// Numbers and lists as findings write them.

/** Most members of a list that a message names. */
const LONGEST_LIST = 8;

/** Three significant digits: `0.36`, `-12.5`, `8.94e-8`; whole numbers whole. */
export function short(value: number): string {
  return Number.isInteger(value) ? `${value}` : `${Number(value.toPrecision(3))}`;
}

/** `37.5 %` */
export function percent(share: number): string {
  return `${short(100 * share)} %`;
}

/** `values go from 0 to 255`, `every value is 255` */
export function range(smallest: number, largest: number): string {
  if (smallest === largest) return `every value is ${short(largest)}`;
  return `values go from ${short(smallest)} to ${short(largest)}`;
}

/** `0, 1, 4`; cut where it is long */
export function list(numbers: readonly number[]): string {
  const named = numbers.slice(0, LONGEST_LIST).join(', ');
  return numbers.length > LONGEST_LIST ? `${named}, …` : named;
}

/** `image 3`, `both images`, `all 16 images`, `2 of 16 images (0, 5)` */
export function nameImages(images: readonly number[], of: number): string {
  if (images.length === 1) return `image ${images[0]}`;
  if (images.length === of) return of === 2 ? 'both images' : `all ${of} images`;
  return `${images.length} of ${of} images (${list(images)})`;
}

/** `kernel 2`, `kernels 5, 6` */
export function nameKernels(kernels: readonly number[]): string {
  return `kernel${kernels.length === 1 ? '' : 's'} ${list(kernels)}`;
}
