/** Answers what a plan asks of a training function: builds each of its models once, and trains none. */
import type { SurveyAnswer, SurveyQuestion } from '../core/ablation/survey.ts';
import { MaggyError } from '../core/errors.ts';
import type { AnyTrainingFunction } from './contract.ts';

/** A backend has been selected; data are loaded where components leave features out. */
export async function survey(training: AnyTrainingFunction, question: Omit<SurveyQuestion, 'trainingFunction'>): Promise<SurveyAnswer> {
  const { layers } = training.ablatable(question.params);
  const components: SurveyAnswer['components'] = [];
  // One after the other: each may hold a whole model, and a data set.
  for (const { params, exclusion } of question.components) components.push(await surveyed(training, params, exclusion, question.dataset));
  return { ...(layers === undefined ? {} : { layers }), components };
}

async function surveyed(
  training: AnyTrainingFunction,
  ...[params, exclusion, dataset]: Parameters<AnyTrainingFunction['countParameters']>
): Promise<SurveyAnswer['components'][number]> {
  try {
    return { parameters: await training.countParameters(params, exclusion, dataset) };
  } catch (error) {
    // What the author's own code throws says nothing of the component: its trials will tell.
    return error instanceof MaggyError && error.code === 'invalid' ? { refusal: error.message } : { parameters: null };
  }
}
