/** Has a question about the models of a training function answered in a process of its own (`child/survey.ts`). */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import Type from 'typebox';
import { SurveyAnswer, type SurveyQuestion } from '../core/ablation/survey.ts';
import { MaggyError } from '../core/errors.ts';
import { compileSchema } from '../core/validate.ts';

const childMain = fileURLToPath(new URL('child/survey.ts', import.meta.url));
const parseReply = compileSchema(Type.Union([Type.Object({ answer: SurveyAnswer }), Type.Object({ failure: Type.String() })]));

export interface SurveyPlace {
  /** Folder of training functions, or the file of one. */
  readonly functions: string;
  readonly environment: NodeJS.ProcessEnv;
  /** Ends the process. */
  readonly signal?: AbortSignal;
}

/** @throws {MaggyError} `unavailable` (rejection) where there is no answer: the version is not held here, or the process ended */
export async function surveyInProcess(question: SurveyQuestion, { functions, environment, signal }: SurveyPlace): Promise<SurveyAnswer> {
  const child = fork(childMain, [], { execArgv: ['--import', import.meta.resolve('tsx')], env: environment, stdio: 'ignore' });
  const kill = (): void => void child.kill('SIGKILL');
  signal?.addEventListener('abort', kill);
  try {
    const reply = parseReply(
      await new Promise<unknown>((resolve, reject) => {
        child.once('message', resolve);
        child.once('error', reject);
        child.once('exit', () => reject(new MaggyError('unavailable', 'the process that builds the models ended')));
        child.send({ functions, question });
        if (signal?.aborted === true) kill();
      }),
    );
    if ('failure' in reply) throw new MaggyError('unavailable', reply.failure);
    return reply.answer;
  } finally {
    signal?.removeEventListener('abort', kill);
    kill();
  }
}
