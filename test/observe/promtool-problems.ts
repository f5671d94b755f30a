// The rules of `promtool check metrics`, which are those of client_golang's testutil/promlint (v1.23).

/** Units that have a base unit; a selection of promlint's own table. */
const BASE_UNITS: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    ['milliseconds', 'microseconds', 'nanoseconds', 'minutes', 'hours', 'days', 'weeks'].map((unit) => [
      unit,
      'seconds',
    ]),
  ),
  ...Object.fromEntries(
    ['kilobytes', 'megabytes', 'gigabytes', 'kibibytes', 'mebibytes', 'bits'].map((unit) => [unit, 'bytes']),
  ),
  percent: 'ratio',
};
const ABBREVIATIONS = new Set([
  's',
  'ms',
  'us',
  'ns',
  'sec',
  'b',
  'kb',
  'mb',
  'gb',
  'tb',
  'pb',
  'm',
  'h',
  'd',
]);
const TYPES = ['counter', 'gauge', 'histogram', 'summary', 'untyped'];
const CAMEL_CASE = /[a-z][A-Z]/;

/** Problems that promtool reports, each with the name of its metric. */
export function promtoolProblems(text: string): string[] {
  const problems: string[] = [];
  const help = new Map(
    [...text.matchAll(/^# HELP (\S+) ?(.*)$/gm)].map(([, name = '', said = '']) => [name, said]),
  );
  for (const [, name = '', type = ''] of text.matchAll(/^# TYPE (\S+) (\S+)$/gm)) {
    const complain = (problem: string) => problems.push(`${name}: ${problem}`);
    const parts = name.split('_');
    if (!help.get(name)) complain('no help text');
    for (const part of parts)
      if (BASE_UNITS[part]) complain(`use base unit "${BASE_UNITS[part]}" instead of "${part}"`);
    if (type === 'counter' && !name.endsWith('_total'))
      complain('counter metrics should have "_total" suffix');
    if (type !== 'counter' && name.endsWith('_total'))
      complain('non-counter metrics should not have "_total" suffix');
    if (type !== 'histogram' && type !== 'summary')
      for (const suffix of ['_count', '_sum', '_bucket'])
        if (name.endsWith(suffix))
          complain(`non-histogram and non-summary metrics should not have "${suffix}" suffix`);
    for (const part of parts.filter((each) => TYPES.includes(each) && each === type))
      complain(`metric name should not include type "${part}"`);
    if (name.includes(':')) complain('metric names should not contain ":"');
    if (CAMEL_CASE.test(name)) complain('metric names should be written in "snake_case" not "camelCase"');
    if (parts.some((part) => ABBREVIATIONS.has(part.toLowerCase())))
      complain('metric names should not contain abbreviated units');
    const labels = [...text.matchAll(/^([^#{\s]+)\{([^}]*)\}/gm)]
      .filter(([, series = '']) => series === name || series.startsWith(`${name}_`))
      .flatMap(([, , written = '']) => [...written.matchAll(/([^=,]+)="/g)].map(([, label = '']) => label));
    if (labels.some((label) => CAMEL_CASE.test(label)))
      complain('label names should be written in "snake_case" not "camelCase"');
    if (type !== 'histogram' && labels.includes('le'))
      complain('non-histogram metrics should not have "le" label');
  }
  return problems;
}
