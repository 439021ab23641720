/** Where an experiment's checkpoints and models lie: one folder each, so that deleting an experiment removes a folder. */
export function experimentFolder(store: string, experiment: string): string {
  return `${store}/${experiment}`;
}
