// Which PyTorch wheel is taken, for everything that can be known before a download.
import { describe, expect, test } from '@jest/globals';
import { CPU_INDEX, chooseTorch, reportedVersion } from '../../../scripts/setup-torch.mjs';

type Seen = Parameters<typeof chooseTorch>[0];

function choose(seen: Partial<Seen>) {
  return chooseTorch({
    plain: '2.13.0+cpu',
    platform: 'linux',
    allowCuda: false,
    cpuIndex: 'unknown',
    ...seen,
  });
}

const PLAIN = { action: 'install', requirement: 'torch==2.13.0' };
const CPU = { action: 'install', requirement: 'torch==2.13.0+cpu', index: CPU_INDEX };
const ASK = { action: 'ask-cpu-index' };

test.each<[string, Partial<Seen>, object]>([
  ['a CPU build behind the plain name', {}, PLAIN],
  ['a CPU build, whatever the index says', { cpuIndex: 'closed' }, PLAIN],
  ['a CUDA build behind the plain name', { plain: '2.13.0' }, ASK],
  ['a CUDA build that says so', { plain: '2.13.0+cu130' }, ASK],
  ['a CUDA build, and an index that answers', { plain: '2.13.0', cpuIndex: 'open' }, CPU],
  ['a CUDA build that is allowed', { plain: '2.13.0', allowCuda: true }, PLAIN],
  ['a CPU build where CUDA is allowed', { allowCuda: true }, PLAIN],
  ['macOS, for which there are no CUDA builds', { plain: '2.13.0', platform: 'darwin' }, PLAIN],
  ['an index of pip without torch', { plain: undefined }, ASK],
  ['an index of pip without torch, on macOS', { plain: undefined, platform: 'darwin' }, ASK],
  ['an index of pip without torch, CUDA allowed', { plain: undefined, allowCuda: true }, ASK],
  ['torch at the index of CPU builds only', { plain: undefined, cpuIndex: 'open' }, CPU],
])('chooses for %s', (_, seen, expected) => {
  expect(choose(seen)).toEqual(expected);
});

test('stops at a CUDA build when the index does not answer: version, size, and three ways on', () => {
  const choice = choose({ plain: '2.13.0', cpuIndex: 'closed' });
  expect(choice.action).toBe('stop');
  expect('reason' in choice && choice.reason).toBe(
    [
      "pip's index offers torch 2.13.0, which is a CUDA build (about 3 GB to download and 6 GB on disk),",
      "and PyTorch's index of CPU builds, https://download.pytorch.org/whl/cpu, did not answer within 10 s.",
      '',
      'Either open the way to that index,',
      'or give a folder of LibTorch with include/ and lib/:   PSE_LIBTORCH=<dir> npm start',
      'or take the CUDA build all the same:                   npm run setup -- --allow-cuda-wheel',
    ].join('\n'),
  );
});

test('stops where no index has it', () => {
  expect(choose({ plain: undefined, cpuIndex: 'closed' })).toEqual({
    action: 'stop',
    reason:
      "Neither pip's index nor https://download.pytorch.org/whl/cpu offers torch==2.13.0 for this Python and this machine.",
  });
});

describe('reportedVersion', () => {
  const item = (name: string, version: string) => ({ metadata: { name, version } });

  test.each<[string, unknown, string | undefined]>([
    ['the report of one wheel', { install: [item('torch', '2.13.0+cpu')] }, '2.13.0+cpu'],
    ['torch among others', { install: [item('sympy', '1'), item('torch', '2.13.0')] }, '2.13.0'],
    ['a report without torch', { install: [item('torchvision', '0.28')] }, undefined],
    ['a report of nothing', { install: [] }, undefined],
    ['a report of another form', {}, undefined],
    ['no report', undefined, undefined],
  ])('reads %s', (_, report, expected) => {
    expect(reportedVersion(report)).toBe(expected);
  });
});
