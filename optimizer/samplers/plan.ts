/** Proposes nothing of its own: the trials of an ablation are those of its plan, one component after the other. */
import Type from 'typebox';
import { plannedTrial } from '../../core/ablation/plan.ts';
import type { AblationPlan } from '../../core/ablation/schema.ts';
import type { SamplerDefinition } from './sampler.ts';

/** The sampler of one plan. It is no algorithm that a submission could name. */
export function samplerOf(plan: AblationPlan, replicates: number): SamplerDefinition {
  return {
    type: 'plan',
    options: Type.Object({ type: Type.Literal('plan') }),
    create: ({ seed }) => ({
      learns: false,
      suggest: (number) => plannedTrial(plan, replicates, seed, number)?.component.params ?? null,
    }),
  };
}
