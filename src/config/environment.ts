import { isIP } from 'node:net';
import { closestName } from '../text/suggest-name.ts';
import type { ConfigMistake } from './config-error.ts';
import { type Override, readOverride, SETTING_VARIABLES } from './override.ts';
import { OTHER_VARIABLES } from './setting-catalog.ts';

const PREFIX = 'SALLYPORT_';

/** The settings among the environment's variables. Reports unknown ones. */
export function readEnvironment(
  env: NodeJS.ProcessEnv,
  report: (mistake: ConfigMistake) => void,
): Override[] {
  const overrides: Override[] = [];
  for (const [name, text] of Object.entries(env).sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (
      !name.startsWith(PREFIX) ||
      text === undefined ||
      OTHER_VARIABLES.has(name) ||
      isServiceLink(name, env)
    )
      continue;
    const key = name.slice(PREFIX.length).replaceAll('__', '.').toLowerCase();
    const override = name === name.toUpperCase() ? readOverride(key, text, name) : undefined;
    if (override === undefined) {
      const meant = closestName(
        name.slice(PREFIX.length),
        SETTING_VARIABLES.map((variable) => variable.slice(PREFIX.length)),
      );
      const hint = meant === undefined ? '' : `; did you mean ${PREFIX}${meant}?`;
      report({ path: key, message: `unknown setting${hint}`, source: name });
    } else if ('problem' in override) report({ path: key, message: override.problem, source: name });
    else overrides.push(override);
  }
  return overrides;
}

const LINK =
  /^(SALLYPORT(?:_[A-Z0-9]+)*?)_(?:SERVICE_HOST|SERVICE_PORT(?:_[A-Z0-9_]+)?|PORT(?:_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?)?)$/;

/** Kubernetes sets these variables in every pod of a namespace with a Service `sallyport` or `sallyport-…`. */
function isServiceLink(name: string, env: NodeJS.ProcessEnv): boolean {
  const service = LINK.exec(name)?.[1];
  return service !== undefined && isIP(env[`${service}_SERVICE_HOST`] ?? '') !== 0;
}
