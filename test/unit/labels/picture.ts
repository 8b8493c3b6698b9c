// Planes as pictures, so that a test shows what it expects: rows of text, one character a pixel.
import type { Labels, NdArray } from 'pse-loss/labels';
import { fillPolygon, type Plane, type Point } from '../../../lib/labels/rasterize';

/** Corners out of `x,y x,y …`, as short as on paper. */
export function points(text: string): Point[] {
  return text.split(' ').map((corner) => {
    const [x, y] = corner.split(',').map(Number);
    if (x === undefined || y === undefined) throw new Error(`${corner}: not a corner`);
    return [x, y];
  });
}

/** A polygon painted on an empty plane. */
export function paint(polygon: readonly Point[], height: number, width: number): Plane {
  const plane = { data: new Uint8Array(height * width), height, width };
  fillPolygon(plane, polygon, 1);
  return plane;
}

/** `.` where a plane is 0, `#` where it is 1. */
export function picture({ data, height, width }: Plane): string[] {
  return rows(height, width, (pixel) => '.#'.charAt(data[pixel] as number));
}

/** The planes [H, W] of an array [..., H, W], in order. */
export function planes({ data, shape }: NdArray<Uint8Array>): Plane[] {
  const [height, width] = shape.slice(-2) as [number, number];
  const size = height * width;
  return Array.from({ length: data.length / size }, (_, index) => ({
    data: data.subarray(index * size, (index + 1) * size),
    height,
    width,
  }));
}

/** One image's text and kernels in one picture: in how many of them a pixel is set, `.` for none. */
export function counts({ gtTexts, gtKernels }: Labels<NdArray<Uint8Array>>): string[] {
  const channels = [...planes(gtTexts), ...planes(gtKernels)];
  const { height, width } = channels[0] as Plane;
  return rows(height, width, (pixel) => {
    const count = channels.filter(({ data }) => data[pixel] === 1).length;
    return count === 0 ? '.' : `${count}`;
  });
}

/** How many pixels are set. */
export function area({ data }: Plane): number {
  return data.reduce((sum, value) => sum + value, 0);
}

function rows(height: number, width: number, character: (pixel: number) => string): string[] {
  return Array.from({ length: height }, (_, y) =>
    Array.from({ length: width }, (_, x) => character(y * width + x)).join(''),
  );
}
