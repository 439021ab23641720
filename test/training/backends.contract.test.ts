/** Every back end passes the same contract; those that this machine cannot have are skipped by name. */
import { describeBackend } from '../contract/gradients.ts';

await describeBackend('wasm');
await describeBackend('native');
await describeBackend('native-gpu');
await describeBackend('webgpu');
