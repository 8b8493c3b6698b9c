// Why is my loss 1.0, or NaN, or not falling? Counts once what a batch holds, then asks every rule.
import type { DiagnosedBatch } from './batch';
import { drawPictures } from './draw';
import { EMPTY_IMAGE_RULES } from './empty-images';
import { type BatchFacts, gatherFacts } from './facts';
import { type Diagnosis, FINDING_CODES, type Finding, SEVERITIES } from './finding';
import { KERNEL_MASK_RULES } from './kernel-mask';
import { KERNEL_TARGET_RULES } from './kernel-targets';
import { LABEL_ORDER_RULES } from './label-order';
import { LABEL_VALUE_RULES } from './label-values';
import { LOGIT_RULES } from './logits';
import { NON_FINITE_RULES } from './non-finite';
import { OHEM_RULES } from './ohem';
import type { Rule } from './rule';

const noLabelPictures: Rule = ({ counted }) => {
  if (!counted) return undefined;
  return {
    code: 'no-label-pictures',
    severity: 'info',
    numbers: {},
    message:
      'The labels are compact: they are counts of blocks, so there are no pictures of them, and those of the selections have a pixel per logit.',
    advice: 'Give the labels themselves to see them.',
  };
};

const RULES: readonly Rule[] = [
  ...NON_FINITE_RULES,
  ...LOGIT_RULES,
  ...LABEL_VALUE_RULES,
  ...LABEL_ORDER_RULES,
  ...KERNEL_TARGET_RULES,
  ...EMPTY_IMAGE_RULES,
  ...KERNEL_MASK_RULES,
  ...OHEM_RULES,
  noLabelPictures,
];

/** Everything that can be told from one batch, the worst first. An empty batch says nothing. */
export function diagnoseBatch(batch: DiagnosedBatch): Diagnosis {
  const findings = batch.maps.shape[0] === 0 ? [] : find(gatherFacts(batch));
  return { findings, pictures: () => drawPictures(batch) };
}

function find(facts: BatchFacts): Finding[] {
  return RULES.map((rule) => rule(facts))
    .filter((finding) => finding !== undefined)
    .sort((a, b) => rank(a) - rank(b));
}

function rank({ severity, code }: Finding): number {
  return SEVERITIES.indexOf(severity) * FINDING_CODES.length + FINDING_CODES.indexOf(code);
}
