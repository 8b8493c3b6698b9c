// What the parity tests ask Python: cases as files in a folder, the results as files beside them (cases.py is the other end).
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ReferenceOptions } from '../reference/pse-loss';
import type { Batch } from '../support/batch';
import { type NpyArray, readNpz, writeNpz } from '../support/npz';
import { runPython } from '../support/python';

/** A batch and what is to be done with it. */
export interface Case {
  /** reads well in a message */
  readonly name: string;
  /** the batch, or a file that holds one */
  readonly inputs: Batch | string;
  /** what the maps are converted to */
  readonly precision: 'float32' | 'float64';
  readonly options: ReferenceOptions;
}

/** Every array of a case's results, by name. */
export type PythonArrays = Readonly<Record<string, NpyArray>>;

/** Lets one process of a script here answer all cases, and resolves to its answers in order, and to what it printed. */
export async function runCases(script: string, cases: readonly Case[], args: readonly string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'pse-loss-parity-'));
  try {
    const requests = cases.map(({ inputs, precision, options }, i) => {
      const input = typeof inputs === 'string' ? inputs : join(folder, `${i}.npz`);
      if (typeof inputs !== 'string') writeNpz(input, arraysOf(inputs));
      const output = join(folder, `${i}.results.npz`);
      return { input, precision, options: pythonOptions(options), output };
    });
    writeFileSync(join(folder, 'cases.json'), JSON.stringify(requests));
    const printed = await runPython(join(__dirname, script), [folder, ...args]);
    return { printed, results: requests.map(({ output }): PythonArrays => readNpz(output)) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function arraysOf({ maps, labels }: Batch): PythonArrays {
  const { gtTexts, gtKernels, trainingMasks } = labels;
  return { maps, gt_texts: gtTexts, gt_kernels: gtKernels, training_masks: trainingMasks };
}

/** Python's names; what is undefined is left out, and both sides take their own default. */
function pythonOptions(options: ReferenceOptions) {
  const { textThreshold, reduction, eps } = options;
  return {
    alpha: options.alpha,
    kernel_weight: options.kernelWeight,
    ohem_ratio: options.ohemRatio,
    kernel_sample_mask: options.kernelSampleMask,
    text_threshold: textThreshold === 'sigmoid-half' ? null : textThreshold,
    reduction,
    eps,
  };
}

/** An array of the results; a missing one is a mistake of the script. */
export function arrayOf(results: PythonArrays, name: string): NpyArray {
  const array = results[name];
  if (array === undefined) throw new Error(`the results hold no ${name}`);
  return array;
}
