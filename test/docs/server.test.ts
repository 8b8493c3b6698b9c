// examples/server under load, with a real client: every answer is that of its own batch, others are served meanwhile, and
// whoever sends nonsense or hangs up does no harm.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { PSELoss, readSafetensors, safetensorsBytes } from 'pse-loss';
import { ROOT } from '../support/process';

let server: ChildProcess;
let url: string;
let stderr = '';

beforeAll(async () => {
  server = spawn(process.execPath, [join(ROOT, 'examples/server/server.mjs')], {
    env: { ...process.env, PORT: '0' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  server.stderr?.on('data', (text) => {
    stderr += text;
  });
  const [line] = await once(server.stdout as NodeJS.ReadableStream, 'data');
  url = `http://127.0.0.1:${String(line).match(/\d+/)?.[0]}`;
});
afterAll(() => {
  server.kill('SIGKILL');
});

/** A batch that no other is like. */
function batchOf(seed: number) {
  const bits = (count: number, of: number) =>
    Uint8Array.from({ length: count }, (_, i) => ((i * 31 + seed * 17) % 13 < of ? 1 : 0));
  const maps = {
    data: Float32Array.from({ length: 4 * 32 * 32 }, (_, i) => ((i * 7 + seed) % 19) / 3 - 3),
    shape: [1, 4, 32, 32],
  };
  const labels = {
    gtTexts: { data: bits(128 * 128, 6), shape: [1, 128, 128] },
    gtKernels: { data: bits(3 * 128 * 128, 4), shape: [1, 3, 128, 128] },
    trainingMasks: { data: bits(128 * 128, 12), shape: [1, 128, 128] },
  };
  return { maps, labels };
}

function bytesOf({ maps, labels }: ReturnType<typeof batchOf>) {
  return safetensorsBytes({
    maps,
    gt_texts: labels.gtTexts,
    gt_kernels: labels.gtKernels,
    training_masks: labels.trainingMasks,
  });
}

const send = (body: BodyInit, signal?: AbortSignal) =>
  fetch(`${url}/step`, { method: 'POST', body, ...(signal && { signal }) });

/** Until there is a place. */
async function step(seed: number) {
  for (;;) {
    const response = await send(new Blob([bytesOf(batchOf(seed)) as Uint8Array<ArrayBuffer>]));
    if (response.status !== 503) return response;
    await response.arrayBuffer();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const atOnce = async () =>
  ((await (await fetch(`${url}/health`)).json()) as { atOnce: number }).atOnce;

describe('examples/server', () => {
  test('answers every batch of a crowd with its own loss and gradient', async () => {
    const loss = new PSELoss({ reduction: 'mean' });
    const seeds = Array.from({ length: 40 }, (_, seed) => seed);
    const answers = await Promise.all(
      seeds.map(async (seed) => {
        const response = await step(seed);
        expect(response.status).toBe(200);
        return readSafetensors(new Uint8Array(await response.arrayBuffer()));
      }),
    );
    for (const [seed, { tensors, metadata }] of answers.entries()) {
      const { maps, labels } = batchOf(seed);
      const own = loss.valueAndGradSync(maps, labels);
      expect(metadata).toEqual({ loss: String(own.loss) });
      expect(tensors.grad).toMatchObject({ shape: maps.shape });
      expect(tensors.grad?.data).toEqual(own.grad.data);
    }
    expect(await atOnce()).toBe(0);
  });

  test('goes on answering others while it computes', async () => {
    const crowd = Promise.all(Array.from({ length: 24 }, (_, seed) => step(seed)));
    let done = false;
    crowd.finally(() => {
      done = true;
    });
    let asked = 0;
    for (; !done; asked += 1) {
      expect((await fetch(`${url}/health`)).status).toBe(200);
    }
    expect(asked).toBeGreaterThan(3);
    await crowd;
  });

  test.each([
    ['no safetensors', () => 'nonsense', 'ERR_PSE_FORMAT'],
    [
      'maps of another size',
      () => {
        const { maps, labels } = batchOf(0);
        return bytesOf({ maps: { ...maps, shape: [1, 1, 64, 64] }, labels });
      },
      'ERR_PSE_SHAPE',
    ],
    ['a batch without labels', () => safetensorsBytes({ maps: batchOf(0).maps }), 'ERR_PSE_TYPE'],
  ])('refuses %s in words', async (_, body, code) => {
    const response = await send(new Blob([body() as BlobPart]));
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({ code, message: expect.stringMatching(/expected/) });
  });

  test('is not stopped by clients that hang up', async () => {
    await Promise.all(
      Array.from({ length: 8 }, async (_, seed) => {
        const gone = new AbortController();
        const body = new Blob([bytesOf(batchOf(seed)) as Uint8Array<ArrayBuffer>]);
        const sent = send(body, gone.signal);
        setTimeout(() => gone.abort(), seed * 4);
        await sent.then(
          (response) => response.arrayBuffer().catch(() => {}),
          () => {},
        );
      }),
    );
    while ((await atOnce()) > 0) await new Promise((resolve) => setTimeout(resolve, 20));
    expect((await step(1)).status).toBe(200);
  });

  test('ends when it is told to, with nothing to complain of', async () => {
    server.kill('SIGTERM');
    const [code] = await once(server, 'exit');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });
});
