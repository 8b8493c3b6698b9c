// The texts that a user hands over: polygons of one image or of a batch, checked.

import { readBoolean } from '../arguments/choice';
import { describe } from '../arguments/describe';
import { readNumber } from '../arguments/number';
import { mismatch } from '../errors';
import type { Point } from './rasterize';

/** One text of an image. Other properties may be there and are not looked at. */
export interface TextPolygon {
  /** at least three corners [x, y] in pixels, in order, in either direction; x to the right, y down */
  readonly polygon: readonly (readonly [number, number])[];
  /** the text is not to be learned; @default false */
  readonly ignore?: boolean | undefined;
  /** what is written there; the labels do not depend on it, not even on `###` */
  readonly transcription?: string | undefined;
}

/** A text that was checked: finite corners, at least three of them. */
export interface Text {
  readonly polygon: readonly Point[];
  readonly ignore: boolean;
}

/** The range of a coordinate, in pixels: far outside any image, near enough for exact arithmetic. */
export const COORDINATES = { min: -1_048_576, max: 1_048_576 } as const;

/** Takes the texts of one image or of each image of a batch, or throws ERR_PSE_TYPE, _SHAPE or _RANGE. */
export function readBatch(call: string, argument: string, value: unknown): readonly Text[][] {
  const images = readList(call, argument, value, 'an array of texts, or one such array per image');
  // Without texts it is one image, not a batch of none: pages without text are common in data sets.
  if (!Array.isArray(images[0]))
    return [images.map((text, t) => readText(call, `${argument}[${t}]`, text))];
  return images.map((image, n) =>
    readList(call, `${argument}[${n}]`, image, 'an array of texts, as the first image is').map(
      (text, t) => readText(call, `${argument}[${n}][${t}]`, text),
    ),
  );
}

function readText(call: string, argument: string, value: unknown): Text {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw mismatch('ERR_PSE_TYPE', {
      call,
      argument,
      requirement: 'an object { polygon, ignore? }',
      got: describe(value),
    });
  }
  const { polygon, ignore } = value as { polygon?: unknown; ignore?: unknown };
  const corners = readList(call, `${argument}.polygon`, polygon, 'an array of points [x, y]');
  if (corners.length < 3) {
    throw mismatch('ERR_PSE_SHAPE', {
      call,
      argument: `${argument}.polygon`,
      requirement: 'an array of 3 or more points [x, y]',
      got: describe(polygon),
    });
  }
  return {
    polygon: corners.map((corner, c) => readPoint(call, `${argument}.polygon[${c}]`, corner)),
    ignore: ignore === undefined ? false : readBoolean(call, `${argument}.ignore`, ignore),
  };
}

function readPoint(call: string, argument: string, value: unknown): Point {
  const requirement = 'a point [x, y]';
  const hint = typeof value === 'number' ? 'pass [[x1, y1], [x2, y2], …]' : undefined;
  const numbers = readList(call, argument, value, requirement, hint);
  if (numbers.length !== 2) {
    throw mismatch('ERR_PSE_SHAPE', { call, argument, requirement, got: describe(value) });
  }
  return [
    readNumber(call, `${argument}[0]`, numbers[0], COORDINATES),
    readNumber(call, `${argument}[1]`, numbers[1], COORDINATES),
  ];
}

/** The elements of an array, each read once, holes as undefined. */
function readList(
  call: string,
  argument: string,
  value: unknown,
  requirement: string,
  hint?: string,
): readonly unknown[] {
  if (Array.isArray(value)) return Array.from(value);
  throw mismatch('ERR_PSE_TYPE', { call, argument, requirement, got: describe(value), hint });
}
