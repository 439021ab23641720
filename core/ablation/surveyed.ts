/**
 * The specification of an ablation with what a survey of its models says: the layers that its own hyperparameters make, the size of each
 * component's model. A component whose model cannot be built is refused here, before anything runs. Who is asked is the caller's
 * to know; where nobody answers, the plan stands unchecked, and trials that cannot be run will fail.
 */
import { invalid } from '../errors.ts';
import type { Specification, Submission } from '../experiment.ts';
import { configurationKey } from '../params.ts';
import { baselineParams, specify, type SpecifyContext } from '../specify.ts';
import { configurationsBetween } from './path.ts';
import { ablationAsked } from './plan.ts';
import type { AblationPlan } from './schema.ts';
import type { SurveyAnswer, SurveyQuestion } from './survey.ts';

/** Null where there is no answer. */
export type Ask = (question: SurveyQuestion) => Promise<SurveyAnswer | null>;

export interface Surveyed {
  readonly specification: Specification;
  /** Why models were not looked at; absent where they were. */
  readonly unchecked?: string;
}

const unanswered = 'no worker that holds the training function answered: whether each model can be built is known when its trials run';

/**
 * @param submission any; only ablations are surveyed
 * @throws {MaggyError} `invalid`, also for a component whose model cannot be built, with its name and the reason
 */
export async function specifySurveyed(submission: Submission, context: SpecifyContext, ask: Ask): Promise<Surveyed> {
  if (submission.kind !== 'ablate') return { specification: specify(submission, context) };
  const specification = specify(submission, await withLayers(submission, context, ask));
  const { ablation, trainingFunction, dataset } = specification;
  if (ablation === undefined) return { specification };
  const components = ablation.components.map(({ params, exclusion }) => ({ params, exclusion }));
  const answer = await ask({ trainingFunction, params: ablation.components[0]?.params ?? {}, dataset, components });
  if (answer === null) return { specification, unchecked: unanswered };
  const sizes = await pathSizes(specification, ablation, ask);
  return { specification: { ...specification, ablation: { ...sized(ablation, answer), ...(sizes === undefined ? {} : { sizes }) } } };
}

/** Five changes make so many models. Each is built, which must not hold up a submission. */
const MOST_SIZES = 31;

/** Asked by itself: where that takes too long, the plan is checked all the same. A model that cannot be built fails in its race. */
async function pathSizes(specification: Specification, plan: AblationPlan, ask: Ask): Promise<AblationPlan['sizes']> {
  const { space, trainingFunction, dataset } = specification;
  const [start, target] = plan.components;
  if (plan.mode !== 'path' || start === undefined || target === undefined) return undefined;
  const between = configurationsBetween(space, start.params, target.params, MOST_SIZES) ?? [];
  const components = between.map((params) => ({ params, exclusion: {} }));
  const answer = components.length === 0 ? null : await ask({ trainingFunction, params: start.params, dataset, components });
  return answer?.components.flatMap((size, at) => {
    const params = between[at];
    return params === undefined || !('parameters' in size) || size.parameters === null ? [] : [{ params, parameters: size.parameters }];
  });
}

/** The declared layers are those of the model with default hyperparameters; others may make another model. */
export async function withLayers(submission: Submission, context: SpecifyContext, ask: Ask): Promise<SpecifyContext> {
  const { declaration } = context;
  const { layers, groups, modules } = ablationAsked(submission.ablation, declaration.ablation) ?? {};
  const params = baselineParams(submission, context);
  const { ablatable } = declaration;
  if ((layers ?? groups ?? modules) === undefined || ablatable === undefined) return context;
  if (configurationKey(params) === configurationKey(declaration.defaults)) return context;
  const { name, hash } = declaration;
  const answer = await ask({ trainingFunction: { name, hash }, params, dataset: {}, components: [] });
  const { layers: _ofDefaults, ...others } = ablatable;
  const known = answer?.layers === undefined ? others : { ...others, layers: answer.layers };
  return { ...context, declaration: { ...declaration, ablatable: known } };
}

function sized(plan: AblationPlan, { components: answers }: SurveyAnswer): AblationPlan {
  const refusals = answers.flatMap((answer) => ('refusal' in answer ? [answer.refusal] : []));
  const first = plan.components[answers.findIndex((answer) => 'refusal' in answer)];
  if (first !== undefined) {
    const more = refusals.length > 1 ? `; ${refusals.slice(1).join('; ')}` : '';
    throw invalid('ablation', `must have components that can be built: ${refusals[0] ?? ''}${more}`, first.name);
  }
  const components = plan.components.map((component, at) => {
    const answer = answers[at];
    return answer === undefined || !('parameters' in answer) || answer.parameters === null
      ? component
      : { ...component, parameters: answer.parameters };
  });
  return { ...plan, components };
}
