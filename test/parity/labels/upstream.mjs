// Upstream's labels and the comparison with ours, for the test beside this file and for `npm run parity:labels`.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** The criterion: in small channels a pixel or two of a corner would already weigh too much in an IoU. */
export const LEAST_IOU = 0.99;
export const SMALL_UNION = 400;
export const MOST_DIFFERENT = 4;

const PADDLEOCR = '.venv/upstream/paddleocr-2.10.0/paddleocr/ppocr/data/imaug/make_pse_gt.py';

/**
 * Runs PSENet's rule and PaddleOCR's file on pages { height, width, texts }:
 * one { psenet, paddleocr } a page, each { gtTexts, gtKernels: [...], trainingMasks } of byte planes,
 * or { failed } where upstream's code raised an exception.
 */
export function upstreamLabels(root, pages, { kernels = 6, minRatio = 0.4 } = {}) {
  const python = need(
    process.env.PSE_PYTHON ?? join(root, '.venv/bin/python'),
    'Python of the parity tests',
  );
  const makePseGt = need(
    process.env.PSE_MAKE_PSE_GT ?? join(root, PADDLEOCR),
    "PaddleOCR's make_pse_gt.py",
  );
  const child = spawnSync(python, [join(root, 'test/parity/labels/upstream.py')], {
    input: JSON.stringify({ makePseGt, kernels, minRatio, pages: pages.map(plainPage) }),
    maxBuffer: 2 ** 31,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  if (child.error) throw child.error;
  if (child.status !== 0) {
    throw new Error(
      `upstream.py ended with code ${child.status}; \`npm run setup\` installs what it needs\n${child.stderr}`,
    );
  }
  const headerEnd = child.stdout.indexOf('\n');
  const header = JSON.parse(child.stdout.subarray(0, headerEnd).toString());
  let at = headerEnd + 1;
  return pages.map(({ height, width }, index) => {
    const plane = () => {
      at += height * width;
      return child.stdout.subarray(at - height * width, at);
    };
    const labels = (preset, channels) => {
      const failed = header[index][preset];
      if (failed !== null) return { failed };
      const gtTexts = plane();
      return {
        gtTexts,
        gtKernels: Array.from({ length: channels }, plane),
        trainingMasks: plane(),
      };
    };
    return { psenet: labels('psenet', kernels), paddleocr: labels('paddleocr', kernels + 1) };
  });
}

function need(file, what) {
  if (existsSync(file)) return file;
  throw new Error(`${what} is missing: ${file}. Run \`npm run setup\`.`);
}

function plainPage({ height, width, texts }) {
  return {
    height,
    width,
    texts: texts.map(({ polygon, ignore = false }) => ({ polygon, ignore })),
  };
}

/** Our labels of one image against upstream's: one { channel, union, different, iou, good } a channel. */
export function compareLabels(ours, theirs) {
  const [, channels, height, width] = ours.gtKernels.shape;
  if (channels !== theirs.gtKernels.length) {
    throw new Error(`${channels} text kernels, upstream has ${theirs.gtKernels.length}`);
  }
  const size = height * width;
  return [
    comparePlanes('text', ours.gtTexts.data, theirs.gtTexts),
    ...theirs.gtKernels.map((kernel, k) =>
      comparePlanes(
        `kernel ${k + 1}`,
        ours.gtKernels.data.subarray(k * size, (k + 1) * size),
        kernel,
      ),
    ),
    // Of the mask, what counts is where it ignores.
    comparePlanes('ignored', ours.trainingMasks.data, theirs.trainingMasks, 0),
  ];
}

function comparePlanes(channel, ours, theirs, value = 1) {
  if (ours.length !== theirs.length) {
    throw new Error(`${channel}: ${ours.length} pixels, upstream has ${theirs.length}`);
  }
  let union = 0;
  let both = 0;
  for (let i = 0; i < ours.length; i++) {
    const a = ours[i] === value;
    const b = theirs[i] === value;
    if (a || b) union++;
    if (a && b) both++;
  }
  const different = union - both;
  const iou = union === 0 ? 1 : both / union;
  const good = union >= SMALL_UNION ? iou >= LEAST_IOU : different <= MOST_DIFFERENT;
  return { channel, union, different, iou, good };
}
