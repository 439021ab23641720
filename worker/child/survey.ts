/**
 * A process for one survey: told the functions and the question, it answers, and its parent ends it. Of its own, because surveys build
 * models and load data, which the event loop of a worker has no time for and the slots' processes are busy with trials.
 */
import { installSeededRandom } from '../../training/seeding.ts';
import { compileSchema } from '../../core/validate.ts';
import Type from 'typebox';
import { SurveyQuestion } from '../../core/ablation/survey.ts';
import { MaggyError } from '../../core/errors.ts';
import { markTrialProcess } from './inside.ts';

const parseOrder = compileSchema(Type.Object({ functions: Type.String(), question: SurveyQuestion }));

markTrialProcess();
installSeededRandom();
process.on('disconnect', () => process.exit(0));
process.once('message', (order: unknown) => void answer(order));

async function answer(order: unknown): Promise<void> {
  try {
    const { functions, question } = parseOrder(order);
    const [{ loadTrainings }, { selectBackend }, { survey }] = await Promise.all([
      import('../../training/load.ts'),
      import('../../training/backends/select.ts'),
      import('../../training/survey.ts'),
    ]);
    // Nothing is computed: the backend that needs least will do.
    await selectBackend({ prefer: 'cpu' });
    const { name, hash } = question.trainingFunction;
    const held = (await loadTrainings(functions)).trainings.find(
      ({ declaration }) => declaration.name === name && declaration.hash === hash,
    );
    if (held === undefined) throw new MaggyError('unavailable', `no training function ${name} of this version is held here`);
    process.send?.({ answer: await survey(held.training, question) });
  } catch (error) {
    process.send?.({ failure: error instanceof Error ? error.message : String(error) });
  }
}
