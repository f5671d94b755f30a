import { CATALOG, type CatalogEntry } from '../../src/config/setting-catalog.ts';

const HEAD = `# Configuration

<!-- Written by \`node --import tsx scripts/write-configuration-doc.ts\` from src/config/schema.ts. -->

Sallyport reads one YAML file: \`--config FILE\`, else \`$SALLYPORT_CONFIG\`, else \`./sallyport.yaml\` where there is one, else
the defaults below. Each setting can be replaced by its variable, and that by \`--set key=value\`. Every mistake is reported at
once, with its path and the place that it was written at, before anything listens; \`sallyport config check\` tells them too.

- A variable holds text as it stands. Lists and maps are YAML: \`SALLYPORT_LISTEN='["127.0.0.1:9191"]'\`. A list is replaced whole.
- A variable \`SALLYPORT_…\` that is no setting is a mistake, but for \`SALLYPORT_CONFIG\`, for \`SALLYPORT_SERVER\`,
  \`SALLYPORT_TOKEN\`, \`SALLYPORT_CA\`, \`SALLYPORT_PROFILE\` and \`SALLYPORT_PROFILES\`, by which the command line finds
  [an admin API](admin-api.md#from-another-machine), and for those that Kubernetes sets for a Service called \`sallyport\`.
- A duration is a whole number with its unit: \`200ms\`, \`10s\`, \`5m\`, \`24h\`, \`30d\`.
- A relative path counts from the folder of the file; in a variable or a flag, and without a file, from the working directory.
- Aliases and tags of YAML are not taken, nor is a key that stands twice.

| key | type | default | variable | meaning |
| --- | --- | --- | --- | --- |
`;

/** `docs/configuration.md`. */
export function writeConfigurationDoc(): string {
  return HEAD + CATALOG.map((entry) => `${formatRow(entry)}\n`).join('');
}

function formatRow({ key, type, meaning, fallback, variable, default: value }: CatalogEntry): string {
  const shown =
    fallback ??
    (value === undefined ? '' : `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``);
  return `| ${[`\`${key}\``, type, shown, variable === undefined ? '' : `\`${variable}\``, meaning].join(' | ')} |`;
}
