/** How far a search is: trials that have ended, of those it may run. */
import type { ExperimentSummary } from '../data/queries.ts';
import { counted } from './words.ts';

export function Progress({ counts, maxTrials }: Pick<ExperimentSummary, 'counts' | 'maxTrials'>) {
  const ended = counts.completed + counts.stopped + counts.failed;
  const text = `${counted(ended)} of ${counted(maxTrials)} trials`;
  return (
    <div className="progress">
      <progress max={maxTrials} value={ended} aria-label={text} />
      <span className="small soft">{text}</span>
    </div>
  );
}
