/**
 * Registers the plain back end anew, as it is but for a greeting at its first use ("Hi, looks like you are running TensorFlow.js in
 * Node.js …", to install another one). That goes to stderr, which in a worker is a trial's log; better back ends are the business of
 * select.ts. The first use is made here, with TensorFlow.js's warnings off for as long.
 */

import { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import { env, registerBackend, removeBackend } from '@tensorflow/tfjs-core';

function greeted(): MathBackendCPU {
  const cpu = new MathBackendCPU();
  const isProduction = env().getBool('PROD');
  env().set('PROD', true);
  cpu.disposeData(cpu.write(new Float32Array(1), [1], 'float32'));
  env().set('PROD', isProduction);
  return cpu;
}

removeBackend('cpu');
registerBackend('cpu', greeted);
