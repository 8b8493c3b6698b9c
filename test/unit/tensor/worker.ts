// A worker that fills what it is sent.
import { Worker } from 'node:worker_threads';

/** Resolves when every element is 7. */
export async function filledByWorker(data: Float32Array): Promise<void> {
  const script = `const { parentPort, workerData } = require('node:worker_threads');
    workerData.fill(7);
    parentPort.postMessage('done');`;
  const worker = new Worker(script, { eval: true, workerData: data });
  await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
  await worker.terminate();
}
