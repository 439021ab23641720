/** The answer of an ablation study as text of a kind: computed in the thread of plots, because its intervals are of thousands of resamples. */
import { measuredOf, type Measured } from '../../analysis/ablation/runs.ts';
import { analyseAblation } from '../../analysis/ablation/study.ts';
import { studyCsv, studyTable } from '../../analysis/ablation/table.ts';
import { studyDocument, studyWords } from '../../analysis/ablation/words.ts';
import { MaggyError } from '../../core/errors.ts';
import type { Specification } from '../../core/experiment.ts';
import type { ReadModel } from '../../queue/read-model.ts';
import type { StudyForm } from './requests.ts';

/** @throws {MaggyError} `conflict` of an experiment of another kind */
export async function studyText(readModel: ReadModel, specification: Specification, form: StudyForm): Promise<string> {
  const { id, ablation } = specification;
  if (ablation === undefined) {
    const rule = 'must be of kind "ablate"';
    throw new MaggyError('conflict', `experiment ${id} ${rule}`, { field: 'id', value: id, rule });
  }
  const result = await readModel.result(id);
  const measured: Measured[] = [];
  for await (const row of readModel.allTrials(id)) measured.push(measuredOf(row));
  const study = analyseAblation(ablation, measured, { ...specification, stopReason: result?.stopReason ?? null });
  switch (form) {
    case 'json':
      return JSON.stringify(studyDocument(study));
    case 'csv':
      return studyCsv(study);
    case 'text':
      return `${studyTable(study)}\n\n${studyWords(study).join('\n')}\n`;
  }
}
