// What the parity tests ask Python: cases as files in a folder, the results as files beside them (cases.py is the other end).
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ReferenceOptions } from '../reference/pse-loss';
import type { Batch, LabelDType, MapDType } from '../support/batch';
import { type NpyArray, readNpz, writeNpz } from '../support/npz';
import { runPython } from '../support/python';

/** A batch and what is to be done with it. */
export interface Case {
  /** reads well in a message */
  readonly name: string;
  /** the batch, or a file that holds one */
  readonly inputs: Batch<MapDType, LabelDType> | string;
  /** what the maps are, or are converted to */
  readonly precision: MapDType;
  /** each in our words; Python's defaults stand in for what is not given */
  readonly options: Omit<ReferenceOptions, 'preset'>;
}

/** Every array of a case's results, by name. */
export type PythonArrays = Readonly<Record<string, NpyArray>>;

/** Lets one process of a script here answer all cases, and resolves to its answers in order, and to what it printed. */
export async function runCases(
  script: string,
  cases: readonly Case[],
  args: readonly string[],
  run: typeof runPython = runPython,
) {
  const folder = mkdtempSync(join(tmpdir(), 'pse-loss-parity-'));
  try {
    // A batch that several cases are about is written once.
    const batches = [...new Set(cases.map(({ inputs }) => inputs))].filter(isBatch);
    const files = new Map(batches.map((batch, i) => [batch, join(folder, `${i}.npz`)]));
    for (const [batch, file] of files) writeNpz(file, arraysOf(batch));
    const requests = cases.map(({ inputs, precision, options }, i) => {
      const output = join(folder, `${i}.results.npz`);
      const request = { precision, options: pythonOptions(options), output };
      if (!isBatch(inputs)) return { ...request, input: inputs };
      // Only booleans travel as something else.
      return { ...request, input: files.get(inputs), labels: inputs.labels.gtTexts.dtype };
    });
    writeFileSync(join(folder, 'cases.json'), JSON.stringify(requests));
    const printed = await run(join(__dirname, script), [folder, ...args]);
    return { printed, results: requests.map(({ output }): PythonArrays => readNpz(output)) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const isBatch = (inputs: Case['inputs']) => typeof inputs !== 'string';

/** The same, as a function from a case to its answer. */
export async function askPython(
  ...[script, cases, args, run]: Parameters<typeof runCases>
): Promise<(each: Case) => PythonArrays> {
  const { results } = await runCases(script, cases, args, run);
  const answers = new Map(cases.map((each, i) => [each, results[i]!]));
  return (each) => {
    const answer = answers.get(each);
    if (answer === undefined) throw new Error(`nobody asked for ${each.name}`);
    return answer;
  };
}

function arraysOf({ maps, labels }: Batch<MapDType, LabelDType>) {
  const { gtTexts, gtKernels, trainingMasks } = labels;
  return { maps, gt_texts: gtTexts, gt_kernels: gtKernels, training_masks: trainingMasks };
}

/** Python's names; what is undefined is left out. */
function pythonOptions(options: Case['options']) {
  const entries = Object.entries(options).map(([name, value]) => [
    name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
    value === 'sigmoid-half' ? null : value,
  ]);
  return Object.fromEntries(entries) as Readonly<Record<string, unknown>>;
}

/** An array of the results; a missing one is a mistake of the script. */
export function arrayOf(results: PythonArrays, name: string): NpyArray {
  const array = results[name];
  if (array === undefined) throw new Error(`the results hold no ${name}`);
  return array;
}
