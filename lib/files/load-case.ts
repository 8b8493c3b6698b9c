// A file of one batch back into what a loss takes.
import { readArray } from '../arguments/array';
import { readCompactLabels } from '../arguments/compact';
import { LABEL_AXES, LABEL_DTYPES } from '../arguments/labels';
import { isPSEError, mismatch, pseError } from '../errors';
import type { CompactLabels } from '../tensor/batch';
import type { NdArray } from '../tensor/nd-array';
import {
  type Case,
  type CaseOptions,
  KEYS,
  type LabelData,
  MAPS,
  type MapData,
  NAME_IN_FILE,
} from './case';
import { parseJson } from './case-json';
import { readFile } from './safetensors-read';
import type { FileSource } from './source';

/**
 * Reads a batch that `saveCase` wrote, or Python: `safetensors.torch.save_file` with the tensors and, where wanted, the
 * metadata that `saveCase` has.
 *
 * @param source a path, a `file:` URL, the bytes, or a stream of them
 * @returns `maps`, `labels` and `options` as `new PSELoss(options).forwardSync(maps, labels)` takes them, and the `note`.
 * `loadCase<PSELossOptions>(…)` says the type of the options; nothing here looks at them
 * @throws ERR_PSE_FORMAT for a file that is no safetensors file, lacks a tensor, has one of another dtype or number of
 * axes than a loss takes, or metadata that are not JSON; ERR_PSE_TYPE, ERR_PSE_OUT_OF_MEMORY; Node's own errors
 * @example
 * ```ts
 * import { loadCase, type PSELossOptions, safetensorsBytes } from 'pse-loss';
 *
 * const ones = (...shape: number[]) => ({ data: new Uint8Array(16).fill(1), shape });
 * const bytes = safetensorsBytes(
 *   {
 *     maps: { data: new Float32Array(32), shape: [1, 2, 4, 4] },
 *     gt_texts: ones(1, 4, 4),
 *     gt_kernels: ones(1, 1, 4, 4),
 *     training_masks: ones(1, 4, 4),
 *   },
 *   { metadata: { 'pse_loss.options': '{"alpha":0.5}' } },
 * );
 * const { maps, options } = await loadCase<PSELossOptions>(bytes);
 * console.log(maps.shape, options.alpha); // [ 1, 2, 4, 4 ] 0.5
 * ```
 *
 * Source: none, it is our own.
 */
export async function loadCase<O extends object = CaseOptions>(
  source: FileSource,
): Promise<Case<O>> {
  const call = 'loadCase';
  const { tensors, metadata, file } = await readFile(call, source);
  const array = <R>(name: string, requirement: Parameters<typeof readArray>[3]) => {
    const found = tensors[name];
    if (found === undefined) throw missing(call, file, name, Object.keys(tensors));
    ofFile(() => readArray(call, `${file}: ${name}`, found, requirement));
    return found as R;
  };
  const json = (key: string) => parseJson(call, `${key} of ${file}`, metadata[key]);
  const readPixels = () => {
    const label = (name: keyof typeof NAME_IN_FILE) =>
      array<NdArray<LabelData>>(NAME_IN_FILE[name], {
        dtypes: LABEL_DTYPES,
        axes: LABEL_AXES[name],
      });
    return {
      gtTexts: label('gtTexts'),
      gtKernels: label('gtKernels'),
      trainingMasks: label('trainingMasks'),
    };
  };
  const readCounts = () => {
    const labels = { ...json(KEYS.compact), counts: tensors.counts };
    ofFile(() => readCompactLabels(call, `${file}: labels`, labels));
    return labels as CompactLabels;
  };
  return {
    maps: array<NdArray<MapData>>('maps', MAPS),
    labels: tensors.counts === undefined ? readPixels() : readCounts(),
    options: json(KEYS.options) as O,
    note: metadata[KEYS.note],
  };
}

function missing(call: string, file: string, name: string, names: readonly string[]) {
  return mismatch('ERR_PSE_FORMAT', {
    call,
    argument: file,
    requirement: `a file with the tensor '${name}'`,
    got: names.length === 0 ? 'one without tensors' : `one with ${names.slice(0, 8).join(', ')}`,
  });
}

/** What would be a mistake of the caller's is one of the file's. */
function ofFile(check: () => unknown): void {
  try {
    check();
  } catch (error) {
    throw isPSEError(error) ? pseError('ERR_PSE_FORMAT', error.message, error) : error;
  }
}
