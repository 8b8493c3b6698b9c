// One batch into a file that anybody can open.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readArray } from '../arguments/array';
import { COMPACT_VERSION, isCompact, readCompactLabels } from '../arguments/compact';
import { describe } from '../arguments/describe';
import { readLabels } from '../arguments/labels';
import { mismatch } from '../errors';
import { type CaseInput, KEYS, MAPS, NAME_IN_FILE } from './case';
import { readJson } from './case-json';
import { layOut } from './safetensors-layout';
import { readPath, writeLayout } from './safetensors-write';
import type { FileUrl } from './source';

/**
 * Writes one batch to a file, for a bug report: maps, labels, the options of the loss and a note. Whoever gets it runs
 * the same loss with `loadCase`, or looks into it with Python.
 *
 * ```text
 * tensors    maps, gt_texts, gt_kernels, training_masks     or maps, counts of compact labels
 * metadata   pse_loss.version           of this package
 *            pse_loss.options           JSON
 *            pse_loss.compact_labels    JSON, of compact labels: scale, kernels, binarizeLabels, version
 *            pse_loss.note
 * ```
 *
 * Each array is checked by itself, not whether they fit together: that may be what the report is about. In Python:
 *
 * ```text
 * import json
 * from safetensors import safe_open
 *
 * with safe_open("case.safetensors", framework="pt") as file:
 *     maps, gt_texts = file.get_tensor("maps"), file.get_tensor("gt_texts")
 *     options = json.loads(file.metadata()["pse_loss.options"])
 * ```
 *
 * @param path of the file; one that is there is replaced when the new one is whole
 * @param batch `maps`, `labels`, `options`, which have to be JSON, and `note`; leave the arrays as they are until the
 * promise is fulfilled
 * @throws ERR_PSE_TYPE, ERR_PSE_DTYPE, ERR_PSE_SHAPE, ERR_PSE_RANGE, ERR_PSE_VALUE for the arrays; ERR_PSE_TYPE for
 * options that are not JSON; Node's own errors of opening and writing, as they are
 * @example
 * ```ts
 * import { tmpdir } from 'node:os';
 * import { join } from 'node:path';
 * import { loadCase, PSELoss, saveCase } from 'pse-loss';
 *
 * const maps = { data: new Float32Array(2 * 4 * 4), shape: [1, 2, 4, 4] };
 * const ones = new Uint8Array(16 * 16).fill(1);
 * const labels = {
 *   gtTexts: { data: ones, shape: [1, 16, 16] },
 *   gtKernels: { data: ones, shape: [1, 1, 16, 16] },
 *   trainingMasks: { data: ones, shape: [1, 16, 16] },
 * };
 * const file = join(tmpdir(), 'pse-loss-case.safetensors');
 * await saveCase(file, { maps, labels, options: { alpha: 0.5 }, note: 'why is it .60?' });
 *
 * const found = await loadCase(file);
 * const { loss } = new PSELoss(found.options).forwardSync(found.maps, found.labels);
 * console.log(loss, found.note); // 0.600… why is it .60?
 * ```
 *
 * Source: none, it is our own.
 */
export async function saveCase(path: string | FileUrl, batch: CaseInput): Promise<void> {
  const call = 'saveCase';
  const file = readPath(call, path);
  if (typeof batch !== 'object' || batch === null) {
    const requirement = 'an object { maps, labels }';
    const got = describe(batch);
    throw mismatch('ERR_PSE_TYPE', { call, argument: 'batch', requirement, got });
  }
  const { maps, labels, options, note } = batch;
  if (note !== undefined && typeof note !== 'string') {
    const got = describe(note);
    throw mismatch('ERR_PSE_TYPE', { call, argument: 'note', requirement: 'a string', got });
  }
  const metadata: Record<string, string> = { [KEYS.version]: packageVersion() };
  if (options !== undefined) metadata[KEYS.options] = readJson(call, 'options', options);
  if (note !== undefined) metadata[KEYS.note] = note;
  const tensors: Record<string, unknown> = { maps: readArray(call, 'maps', maps, MAPS) };
  if (isCompact(labels)) {
    const { counts, ...how } = readCompactLabels(call, 'labels', labels);
    tensors.counts = counts;
    metadata[KEYS.compact] = JSON.stringify({ ...how, version: COMPACT_VERSION });
  } else {
    const read = readLabels(call, labels);
    for (const name of ['gtTexts', 'gtKernels', 'trainingMasks'] as const) {
      tensors[NAME_IN_FILE[name]] = read[name];
    }
  }
  await writeLayout(file, layOut(call, tensors, { metadata }));
}

/** The version in package.json, two folders above both lib/files and dist/files. */
function packageVersion(): string {
  const text = readFileSync(join(__dirname, '..', '..', 'package.json'), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
