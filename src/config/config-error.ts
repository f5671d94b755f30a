/** One thing that is wrong with the configuration. */
export interface ConfigMistake {
  /** The setting, such as `listen[0].address`; empty for the whole file. */
  readonly path: string;
  /** What was expected. Never quotes a value: it may be a secret. */
  readonly message: string;
  /** Where it was set: `sallyport.yaml:3:5`, `SALLYPORT_LISTEN`, `--set listen` or `default`. */
  readonly source: string;
}

/** All mistakes of the configuration. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly mistakes: readonly ConfigMistake[];

  constructor(mistakes: readonly ConfigMistake[]) {
    super(formatMistakes(mistakes));
    this.mistakes = mistakes;
  }
}

function formatMistakes(mistakes: readonly ConfigMistake[]): string {
  const head =
    mistakes.length === 1
      ? 'the configuration has a mistake:'
      : `the configuration has ${mistakes.length} mistakes:`;
  const lines = mistakes.map(
    ({ path, message, source }) => `  ${path === '' ? '' : `${path}: `}${message} (${source})`,
  );
  return [head, ...lines].join('\n');
}
